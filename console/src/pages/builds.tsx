import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { del, get, post } from '../api/client';
import type { Server } from '../api/types';
import { CuttingFields, cutInWords } from '../kit/cutting-fields';
import { Bar, Button, Confirm, Dialog, Failed, Field, Loaded, Menu, Select, Time, type Choice } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { BY_DEFAULT, asChunking, type Cutting } from '../lib/chunking';
import { count } from '../lib/format';
import { text } from '../text';

const t = text.collection;

const builds = (collection: string) => get('/api/collections/{collection}/builds', { path: { collection } });
type Build = Awaited<ReturnType<typeof builds>>['items'][number];

const status = (build: Build) => build.status.toLowerCase();
const missing = (build: Build) => build.progress.documents_total - build.progress.documents_done;
const PILLS: Record<string, string> = { building: 'busy', ready: 'ok', serving: 'ok', failed: 'bad' };

/** Ways to cut, analyse and embed a collection: made beside what serves, switched to, and back. */
export function BuildsTab({ collection }: { collection: string }) {
  const client = useQueryClient();
  const toast = useToast();
  const [making, setMaking] = useState(false);
  const [switching, setSwitching] = useState<{ build: Build; back: boolean } | null>(null);
  const [discarding, setDiscarding] = useState<Build | null>(null);
  const query = useQuery({
    queryKey: ['builds', collection],
    queryFn: () => builds(collection),
    refetchInterval: (found) => (found.state.data?.items.some((build) => ['building', 'cancelled'].includes(status(build))) ? 1_500 : 15_000),
  });
  const changed = () => client.invalidateQueries({ queryKey: ['builds', collection] });
  const discard = useMutation({
    mutationFn: (build: number) => del('/api/collections/{collection}/builds/{build}', { path: { collection, build } }),
    onSuccess: () => {
      setDiscarding(null);
      toast('ok', t.discarded);
      void changed();
    },
  });
  const choices = (build: Build): Choice[] => [
    ...(['ready', 'retired'].includes(status(build)) ? [{ id: 'activate', label: t.activate, run: () => setSwitching({ build, back: false }) }] : []),
    ...(['serving', 'cancelled'].includes(status(build)) ? [] : [{ id: 'discard', label: t.discard, danger: true, run: () => setDiscarding(build) }]),
  ];
  return (
    <Loaded query={query}>
      {({ items }) => {
        const retired = items.filter((build) => status(build) === 'retired').sort((a, b) => b.retired_at.localeCompare(a.retired_at))[0];
        return (
          <div className="stack">
            <div className="row between">
              <p className="small muted grow">{t.buildsHow}</p>
              {retired && <Button onClick={() => setSwitching({ build: retired, back: true })}>{t.rollback}</Button>}
              <Button look="primary" icon="plus" onClick={() => setMaking(true)}>{t.newBuild}</Button>
            </div>
            <div className="card table-wrap">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{text.common.name}</th>
                    <th scope="col">{text.common.status}</th>
                    <th scope="col">{t.cutAs}</th>
                    <th scope="col">{t.made}</th>
                    <th scope="col">{text.common.created}</th>
                    <th scope="col"><span className="hidden">{text.common.actions}</span></th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((build) => (
                    <tr key={build.id}>
                      <td><strong>{t.build(build.id)}</strong></td>
                      <td>
                        <span className={`pill ${PILLS[status(build)] ?? ''}`}>{t.buildStates[status(build)] ?? status(build)}</span>
                        {build.error && <div className="small muted">{t.error}: {build.error.message}</div>}
                      </td>
                      <td><Configuration build={build} /></td>
                      <td>
                        {text.common.of(count(build.progress.documents_done), count(build.progress.documents_total))}
                        {status(build) === 'building' && build.progress.documents_total > 0 && <div style={{ width: 110, marginTop: 5 }}><Bar label={t.made} value={build.progress.documents_done / build.progress.documents_total} /></div>}
                        {build.failures.map((failure) => <div key={failure.file_id} className="small muted">{failure.filename}: {failure.message}</div>)}
                      </td>
                      <td><Time at={build.created_at} /></td>
                      <td className="actions">{choices(build).length > 0 && <Menu label={`${text.common.actions}: ${t.build(build.id)}`} choices={choices(build)} />}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {making && <NewBuild collection={collection} onClose={() => setMaking(false)} onMade={() => void changed()} />}
            {switching && <Switch collection={collection} {...switching} onClose={() => setSwitching(null)} onDone={() => void changed()} />}
            {discarding && <Confirm title={t.discardTitle(discarding.id)} action={t.discard} busy={discard.isPending} error={discard.error} onClose={() => setDiscarding(null)} onConfirm={() => discard.mutate(discarding.id)}>{t.discardHow}</Confirm>}
          </div>
        );
      }}
    </Loaded>
  );
}

function Configuration({ build }: { build: Build }) {
  // Each of the three is null where the default holds, which the contract does not say.
  const { chunking, analysis, embedding_model: model } = build.configuration as Partial<Build['configuration']>;
  const language = (analysis?.language ?? 'auto').toLowerCase();
  const words = t.languageOf[language] ?? t.wordsOf(t.languages[language] ?? language);
  return (
    <>
      {cutInWords(chunking)}
      <div className="small muted break">{[words, model].filter(Boolean).join(' · ')}</div>
    </>
  );
}

function Switch({ collection, build, back, onClose, onDone }: { collection: string; build: Build; back: boolean; onClose: () => void; onDone: () => void }) {
  const toast = useToast();
  const [accepted, setAccepted] = useState(false);
  const lacks = missing(build);
  const change = useMutation({
    mutationFn: () => {
      const body = accepted ? { accept_failures: true } : {};
      return back
        ? post('/api/collections/{collection}/rollback', { path: { collection }, body })
        : post('/api/collections/{collection}/builds/{build}/activate', { path: { collection, build: build.id }, body });
    },
    onSuccess: (serving) => {
      toast('ok', t.activated(serving.id));
      onDone();
      onClose();
    },
  });
  const action = back ? t.rollback : t.activate;
  return (
    <Dialog
      title={back ? t.rollbackTitle(build.id) : t.activateTitle(build.id)}
      onClose={onClose}
      onSubmit={() => change.mutate()}
      footer={<><Button onClick={onClose}>{text.common.cancel}</Button><Button look="primary" type="submit" busy={change.isPending} disabled={lacks > 0 && !accepted}>{action}</Button></>}
    >
      <p>{back ? t.rollbackHow : t.activateHow}</p>
      {lacks > 0 && <label className="check"><input type="checkbox" checked={accepted} onChange={(event) => setAccepted(event.target.checked)} />{t.acceptMissing(lacks)}</label>}
      {change.error ? <Failed error={change.error} /> : null}
    </Dialog>
  );
}

function NewBuild({ collection, onClose, onMade }: { collection: string; onClose: () => void; onMade: () => void }) {
  const toast = useToast();
  const server = useQuery({ queryKey: ['server'], queryFn: async () => (await get('/api/server')) as unknown as Server, staleTime: 60_000 });
  const [cut, setCut] = useState<Cutting>(BY_DEFAULT);
  const [cuts, setCuts] = useState(false);
  const [language, setLanguage] = useState('');
  const [model, setModel] = useState('');
  const models = server.data?.further_embedding_models ?? [];
  const make = useMutation({
    mutationFn: () =>
      post('/api/collections/{collection}/builds', {
        path: { collection },
        body: { ...(cuts ? { chunking: asChunking(cut) } : {}), ...(language ? { analysis: { language } } : {}), ...(model ? { embedding_model: model } : {}) },
      }),
    onSuccess: () => {
      toast('ok', t.started);
      onMade();
      onClose();
    },
  });
  return (
    <Dialog
      title={t.newBuild}
      about={t.newBuildHow}
      onClose={onClose}
      onSubmit={() => make.mutate()}
      footer={<><Button onClick={onClose}>{text.common.cancel}</Button><Button look="primary" type="submit" busy={make.isPending} disabled={!cuts && language === '' && model === ''}>{t.createBuild}</Button></>}
    >
      <label className="check"><input type="checkbox" checked={cuts} onChange={(event) => setCuts(event.target.checked)} />{t.otherCut}</label>
      {cuts && <CuttingFields value={cut} onChange={setCut} />}
      <Field label={t.language}>
        <Select value={language} onChange={setLanguage} options={[{ value: '', label: t.asServing }, ...Object.entries(t.languages).map(([value, label]) => ({ value, label }))]} />
      </Field>
      {models.length > 0 && (
        <Field label={t.embeddingModel}>
          <Select value={model} onChange={setModel} options={[{ value: '', label: t.asServing }, ...['default', ...models].map((value) => ({ value, label: value }))]} />
        </Field>
      )}
      {make.error ? <Failed error={make.error} /> : null}
    </Dialog>
  );
}
