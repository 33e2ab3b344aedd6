import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearch } from 'wouter';
import { del, get, post } from '../api/client';
import type { Key } from '../api/types';
import { Button, Confirm, Dialog, Empty, Failed, Field, Input, Loaded, Page, Select, Status, Time } from '../kit/kit';
import { Secret } from '../kit/secret';
import { useToast } from '../kit/toasts';
import { count, dateTime } from '../lib/format';
import { useUser } from '../session';
import { text } from '../text';
import { allStores } from './collections';

const t = text.keys;
const ROLES = { admin: ['read', 'write', 'delete', 'chat', 'admin', 'metrics', 'act_as'], editor: ['read', 'write', 'delete', 'chat'], viewer: ['read', 'chat'] } as const;
const VERBS = ROLES.admin;

export default function Keys() {
  const user = useUser();
  const search = useSearch();
  const client = useQueryClient();
  const toast = useToast();
  const [creating, setCreating] = useState(new URLSearchParams(search).has('new'));
  const [secret, setSecret] = useState<string | null>(null);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const [ended, setEnded] = useState(false);
  const keys = useInfiniteQuery({
    queryKey: ['keys'],
    queryFn: ({ pageParam }) => get('/api/keys', { query: { limit: 100, after: pageParam || undefined } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => del('/api/keys/{id}', { path: { id } }),
    onSuccess: () => {
      setRevoking(null);
      toast('ok', t.revoked);
      void client.invalidateQueries({ queryKey: ['keys'] });
    },
  });
  return (
    <Page title={t.title} about={t.about} action={<Button look="primary" icon="plus" onClick={() => setCreating(true)}>{t.create}</Button>}>
      <Loaded query={keys}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.data as unknown as Key[]);
          const shown = all.filter((key) => ended || stateOf(key) === 'active');
          return (
            <>
              <label className="check"><input type="checkbox" checked={ended} onChange={(event) => setEnded(event.target.checked)} />{t.showRevoked}</label>
              <div className="card table-wrap">
                {shown.length === 0 ? <Empty icon="key" title={t.empty} /> : (
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">{text.common.name}</th>
                        <th scope="col">{text.common.status}</th>
                        <th scope="col">{t.verbs}</th>
                        <th scope="col">{t.scope}</th>
                        <th scope="col">{t.limits}</th>
                        <th scope="col">{t.lastUsed}</th>
                        <th scope="col"><span className="hidden">{text.common.actions}</span></th>
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((key) => (
                        <tr key={key.id}>
                          <td>
                            <strong>{key.name}</strong> {key.id === user.key_id && <span className="tag">{t.you}</span>}
                            <div className="mono muted">{key.prefix}…</div>
                          </td>
                          <td><Status value={stateOf(key)} />{key.expires_at && <div className="small muted nowrap">{t.expires} {dateTime(key.expires_at)}</div>}</td>
                          <td><div className="row" style={{ gap: 4 }}>{key.verbs.map((verb) => <span className="tag" key={verb}>{t.verbTexts[verb] ?? verb}</span>)}</div></td>
                          <td className="small" style={{ minWidth: 140 }}>
                            <div className="nowrap">{key.collections === null ? t.allCollections : t.collectionsOf(key.collections.length)}</div>
                            <div className="muted break">{key.reads_all ? t.everything : key.principals.length > 0 ? key.principals.join(', ') : t.own}</div>
                          </td>
                          <td className="small muted nowrap">
                            {key.requests_per_minute !== null && <div>{count(key.requests_per_minute)} / min</div>}
                            {key.tokens_per_day !== null && <div>{count(key.tokens_per_day)} / d</div>}
                            {key.requests_per_minute === null && key.tokens_per_day === null && t.unlimited}
                          </td>
                          <td><Time at={key.last_used_at} /></td>
                          <td className="actions">{key.revoked_at === null && key.id !== user.key_id && <Button small look="danger" onClick={() => setRevoking(key)}>{t.revoke}</Button>}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                )}
              </div>
              {keys.hasNextPage && <div><Button busy={keys.isFetchingNextPage} onClick={() => void keys.fetchNextPage()}>{text.common.loadMore}</Button></div>}
            </>
          );
        }}
      </Loaded>
      {creating && (
        <Create
          onClose={() => setCreating(false)}
          onCreated={(made) => {
            setCreating(false);
            setSecret(made);
            void client.invalidateQueries({ queryKey: ['keys'] });
          }}
        />
      )}
      {secret && <Secret title={t.shownOnce} about={t.shownOnceHow} secret={secret} onClose={() => setSecret(null)} />}
      {revoking && <Confirm title={t.revokeTitle(revoking.name)} action={t.revoke} busy={revoke.isPending} error={revoke.error} onClose={() => setRevoking(null)} onConfirm={() => revoke.mutate(revoking.id)}>{t.revokeHow}</Confirm>}
    </Page>
  );
}

function stateOf(key: Key): 'active' | 'revoked' | 'expired' {
  if (key.revoked_at !== null) return 'revoked';
  return key.expires_at !== null && Date.parse(key.expires_at) < Date.now() ? 'expired' : 'active';
}

function Create({ onClose, onCreated }: { onClose: () => void; onCreated: (secret: string) => void }) {
  const user = useUser();
  const stores = useQuery({ queryKey: ['collections', 'all'], queryFn: allStores });
  const [name, setName] = useState('');
  const [role, setRole] = useState<'admin' | 'editor' | 'viewer' | 'custom'>('viewer');
  const [verbs, setVerbs] = useState<string[]>(['read', 'chat']);
  const [some, setSome] = useState(false);
  const [collections, setCollections] = useState<string[]>([]);
  const [readsAll, setReadsAll] = useState(user.unrestricted);
  const [principals, setPrincipals] = useState('');
  const [expires, setExpires] = useState('');
  const [requests, setRequests] = useState('');
  const [tokens, setTokens] = useState('');
  const create = useMutation({
    mutationFn: () =>
      post('/api/keys', {
        body: {
          name: name.trim(),
          verbs,
          ...(some ? { collections } : {}),
          reads_all: readsAll,
          principals: readsAll ? [] : principals.split(/[\s,]+/).filter(Boolean),
          ...(expires ? { expires_at: new Date(expires).toISOString() } : {}),
          ...(requests ? { requests_per_minute: Number(requests) } : {}),
          ...(tokens ? { tokens_per_day: Number(tokens) } : {}),
        },
      }),
    onSuccess: (made) => onCreated(made.secret),
  });
  const toggle = (list: string[], value: string) => (list.includes(value) ? list.filter((one) => one !== value) : [...list, value]);
  return (
    <Dialog
      title={t.create}
      onClose={onClose}
      onSubmit={() => create.mutate()}
      footer={<><Button onClick={onClose}>{text.common.cancel}</Button><Button look="primary" type="submit" busy={create.isPending} disabled={name.trim() === '' || verbs.length === 0 || (some && collections.length === 0)}>{t.createNow}</Button></>}
    >
      <Field label={text.common.name}><Input value={name} required autoFocus maxLength={200} onChange={(event) => setName(event.target.value)} /></Field>
      <Field label={t.role}>
        <Select
          value={role}
          onChange={(next) => {
            setRole(next);
            if (next !== 'custom') setVerbs(ROLES[next].filter((verb) => user.verbs.includes(verb)));
          }}
          options={(['viewer', 'editor', 'admin', 'custom'] as const).map((value) => ({ value, label: t.roles[value] }))}
        />
      </Field>
      {role === 'custom' && (
        <fieldset className="row" style={{ border: 0, margin: 0, padding: 0 }}>
          <legend className="label">{t.verbsLabel}</legend>
          {VERBS.map((verb) => (
            <label className="check" key={verb}><input type="checkbox" checked={verbs.includes(verb)} disabled={!user.verbs.includes(verb)} onChange={() => setVerbs(toggle(verbs, verb))} />{t.verbTexts[verb]}</label>
          ))}
        </fieldset>
      )}
      <fieldset className="stack tight" style={{ border: 0, margin: 0, padding: 0 }}>
        <legend className="label">{t.collections}</legend>
        <div className="row">
          <label className="check"><input type="radio" name="scope" checked={!some} onChange={() => setSome(false)} />{t.allCollections}</label>
          <label className="check"><input type="radio" name="scope" checked={some} onChange={() => setSome(true)} />{t.someCollections}</label>
        </div>
        {some && (
          <div className="card pad stack tight" style={{ maxHeight: 170, overflow: 'auto' }}>
            {(stores.data ?? []).map((store) => (
              <label className="check" key={store.id}><input type="checkbox" checked={collections.includes(store.id)} onChange={() => setCollections(toggle(collections, store.id))} />{store.name || store.id}</label>
            ))}
          </div>
        )}
      </fieldset>
      <label className="check"><input type="checkbox" checked={readsAll} disabled={!user.unrestricted} onChange={(event) => setReadsAll(event.target.checked)} />{t.readsAll}</label>
      {!readsAll && <Field label={t.principals} hint={t.principalsHint}><Input value={principals} onChange={(event) => setPrincipals(event.target.value)} /></Field>}
      <Field label={t.expires} hint={t.expiresHint}><Input type="datetime-local" value={expires} onChange={(event) => setExpires(event.target.value)} /></Field>
      <div className="two">
        <Field label={t.budgetRequests}><Input type="number" min={1} placeholder={t.unlimited} value={requests} onChange={(event) => setRequests(event.target.value)} /></Field>
        <Field label={t.budgetTokens}><Input type="number" min={1} placeholder={t.unlimited} value={tokens} onChange={(event) => setTokens(event.target.value)} /></Field>
      </div>
      {create.error ? <Failed error={create.error} /> : null}
    </Dialog>
  );
}
