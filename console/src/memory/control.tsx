import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { address, get, post, send } from '../api/client';
import { Actor } from '../kit/actor';
import { Button, Dialog, Empty, Failed, Field, Input, Loaded, Time } from '../kit/kit';
import { Removed } from '../kit/receipt-view';
import { useToast } from '../kit/toasts';
import { count, dateTime, fullTime } from '../lib/format';
import { useMay } from '../session';
import { text } from '../text';
import { asked } from './asked';
import { ForgetForm, ReceiptFacts } from './forget';
import type { Access, Difference, Receipt, Scope, Snapshot } from './types';

const t = text.memory;

/** Snapshots and the way back, files, forgetting, and who looked. */
export function ControlView({ scope }: { scope: Scope }) {
  const mayDelete = useMay('delete');
  return (
    <>
      <Snapshots scope={scope} />
      <Files scope={scope} />
      {mayDelete && <section className="card pad stack" aria-labelledby="forget"><h2 id="forget">{t.forgetSection}</h2><p className="muted">{t.forgetAbout}</p><ForgetForm scope={scope} /></section>}
      <Receipts scope={scope} />
      <History scope={scope} />
    </>
  );
}

function Snapshots({ scope }: { scope: Scope }) {
  const client = useQueryClient();
  const toast = useToast();
  const mayWrite = useMay('write');
  const [name, setName] = useState('');
  const [looking, setLooking] = useState<Snapshot | null>(null);
  const snapshots = useQuery({ queryKey: ['memory', 'snapshots', scope.user], queryFn: () => get('/api/memory/snapshots', { query: { user: scope.user } }) });
  const take = useMutation({
    mutationFn: () => post('/api/memory/snapshots', { body: { ...scope, name } }),
    onSuccess: () => {
      setName('');
      toast('ok', t.taken);
      return client.invalidateQueries({ queryKey: ['memory', 'snapshots'] });
    },
    onError: (failure) => toast('bad', failure.message),
  });
  return (
    <section className="card pad stack" aria-labelledby="snapshots">
      <h2 id="snapshots">{t.snapshots}</h2>
      <p className="muted">{t.snapshotsHow}</p>
      {mayWrite && (
        <form className="row" style={{ alignItems: 'end' }} onSubmit={(event) => { event.preventDefault(); take.mutate(); }}>
          <div className="grow"><Field label={t.snapshotName}><Input value={name} required maxLength={200} onChange={(event) => setName(event.target.value)} /></Field></div>
          <Button type="submit" icon="plus" busy={take.isPending}>{t.takeSnapshot}</Button>
        </form>
      )}
      <Loaded query={snapshots} rows={2}>
        {(data) => {
          const all = data.items as unknown as Snapshot[];
          return all.length === 0 ? <p className="muted">{t.noSnapshots}</p> : (
            <div className="table-wrap">
              <table>
                <thead><tr><th scope="col">{text.common.name}</th><th scope="col">{text.receipts.when}</th><th scope="col"><span className="hidden">{text.common.actions}</span></th></tr></thead>
                <tbody>
                  {all.map((one) => (
                    <tr key={one.id}><td className="break"><strong>{one.name}</strong></td><td><Time at={one.known_at} /></td><td className="actions"><Button small onClick={() => setLooking(one)}>{t.compare}</Button></td></tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Loaded>
      {looking && <Since scope={scope} snapshot={looking} onClose={() => setLooking(null)} />}
    </section>
  );
}

/** What changed since a snapshot, and the way back to it. */
function Since({ scope, snapshot, onClose }: { scope: Scope; snapshot: Snapshot; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const mayWrite = useMay('write');
  const diff = useQuery({ queryKey: ['memory', 'diff', snapshot.id], gcTime: 0, queryFn: () => get('/api/memory/snapshots/{id}/diff', { path: { id: snapshot.id }, query: { user: scope.user } }) });
  const rollback = useMutation({
    mutationFn: () => post('/api/memory/snapshots/{id}/rollback', { path: { id: snapshot.id }, body: { user: scope.user, confirm: true } }),
    onSuccess: (done) => {
      toast('ok', t.rolledBack(done.undo.name));
      onClose();
      return client.invalidateQueries({ queryKey: ['memory'] });
    },
  });
  const same = diff.data && isSame(diff.data as unknown as Difference);
  return (
    <Dialog
      wide
      title={t.sinceTitle(snapshot.name)}
      about={t.rollbackHow}
      onClose={onClose}
      onSubmit={() => rollback.mutate()}
      footer={<><Button onClick={onClose}>{text.common.close}</Button>{mayWrite && !same && <Button look="danger" type="submit" busy={rollback.isPending} disabled={!diff.data}>{t.rollback}</Button>}</>}
    >
      <Loaded query={diff} rows={3}>
        {(data) => {
          const it = data as unknown as Difference;
          if (isSame(it)) return <p>{t.noDifference}</p>;
          return (
            <>
              <p>{t.difference(it.events_added, it.events_gone)}</p>
              <ul className="stack">
                {it.begun.map((fact, index) => <li key={`b${index}`} className="break"><span className="pill ok">{t.begun}</span> {fact.subject} {fact.predicate} <strong>{fact.object}</strong></li>)}
                {it.ended.map((fact, index) => <li key={`e${index}`} className="break"><span className="pill warn">{t.ended}</span> {fact.subject} {fact.predicate} <strong>{fact.object}</strong></li>)}
                {it.added.slice(0, 20).map((event) => <li key={event.seq} className="break"><span className="pill ok">{t.said}</span> {event.text}</li>)}
              </ul>
            </>
          );
        }}
      </Loaded>
      {rollback.error && <Failed error={rollback.error} />}
    </Dialog>
  );
}

function isSame(difference: Difference): boolean {
  return difference.events_added + difference.events_gone + difference.begun.length + difference.ended.length === 0;
}

function Files({ scope }: { scope: Scope }) {
  const client = useQueryClient();
  const toast = useToast();
  const mayWrite = useMay('write');
  const input = useRef<HTMLInputElement>(null);
  // A file holds one place.
  const place = { user: scope.user, agent: scope.agent === '*' ? '' : scope.agent, run: scope.run === '*' ? '' : scope.run };
  const load = useMutation({
    mutationFn: async (file: File) => {
      const body = new FormData();
      body.append('file', file);
      return (await (await send('POST', address('/api/memory/import', { query: place }), { body })).json()) as { events: number; claims: number };
    },
    onSuccess: (done) => {
      toast('ok', t.imported(done.events, done.claims));
      return client.invalidateQueries({ queryKey: ['memory'] });
    },
  });
  return (
    <section className="card pad stack" aria-labelledby="files">
      <h2 id="files">{t.files}</h2>
      <p className="muted">{t.filesHow}</p>
      <div className="row">
        <a className="button" href={address('/api/memory/export', { query: place })} download="memory.zip">{t.export}</a>
        {mayWrite && (
          <>
            <Button icon="upload" busy={load.isPending} onClick={() => input.current?.click()}>{t.import}</Button>
            <input ref={input} type="file" accept=".zip" hidden aria-hidden="true" tabIndex={-1} onChange={(event) => { const file = event.target.files?.[0]; if (file) load.mutate(file); event.target.value = ''; }} />
          </>
        )}
      </div>
      {load.error && <Failed error={load.error} />}
    </section>
  );
}

function Receipts({ scope }: { scope: Scope }) {
  const [open, setOpen] = useState<Receipt | null>(null);
  const receipts = useQuery({ queryKey: ['memory', 'receipts', scope.user], queryFn: () => get('/api/memory/receipts', { query: { user: scope.user, limit: 20 } }) });
  return (
    <section className="card pad stack" aria-labelledby="receipts">
      <h2 id="receipts">{text.receipts.title}</h2>
      <Loaded query={receipts} rows={2}>
        {(data) => {
          const all = data.items as unknown as Receipt[];
          return all.length === 0 ? <p className="muted">{t.noReceipts}</p> : (
            <ul className="stack">
              {all.map((receipt) => <li key={receipt.id} className="row"><Button small onClick={() => setOpen(receipt)}>{dateTime(receipt.at)}</Button><span className="break">{asked(receipt.what)}: <Removed removed={receipt.removed} /></span></li>)}
            </ul>
          );
        }}
      </Loaded>
      {open && <Dialog wide title={text.receipts.id} onClose={() => setOpen(null)} footer={<Button onClick={() => setOpen(null)}>{text.common.close}</Button>}><ReceiptFacts receipt={open} /></Dialog>}
    </section>
  );
}

function History({ scope }: { scope: Scope }) {
  const history = useInfiniteQuery({
    queryKey: ['memory', 'history', scope.user],
    queryFn: ({ pageParam }) => get('/api/memory/history', { query: { user: scope.user, before: pageParam, limit: 25 } }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <section className="card pad stack" aria-labelledby="history">
      <h2 id="history">{t.history}</h2>
      <p className="muted">{t.historyHow}</p>
      <Loaded query={history} rows={4}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.items as unknown as Access[]);
          return all.length === 0 ? <Empty icon="audit" title={t.noHistory} /> : (
            <div className="table-wrap">
              <table>
                <thead><tr><th scope="col">{text.audit.when}</th><th scope="col">{text.audit.action}</th><th scope="col">{text.audit.actor}</th><th scope="col" className="num">{t.touched}</th></tr></thead>
                <tbody>
                  {all.map((one) => (
                    <tr key={one.id} title={`${text.audit.request} ${one.request_id}`}>
                      <td className="nowrap"><time dateTime={one.at} title={fullTime(one.at)}>{dateTime(one.at)}</time></td>
                      <td><span className="tag">{one.operation}</span> <span className="small muted">{one.writes ? t.wrote : t.read}</span></td>
                      <td><Actor id={one.actor} /></td>
                      <td className="num" title={one.items.map((item) => `#${item}`).join(' ')}>{count(one.count)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Loaded>
      {history.hasNextPage && <div><Button busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>{text.common.loadMore}</Button></div>}
    </section>
  );
}
