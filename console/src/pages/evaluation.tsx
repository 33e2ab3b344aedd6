import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { del, get, post, send } from '../api/client';
import type { JudgedSet, Run, Store } from '../api/types';
import { Bar, Button, Confirm, Dialog, Empty, Failed, Field, Input, Loaded, Menu, Page, Select, Status, Time } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { count } from '../lib/format';
import { useMay } from '../session';
import { text } from '../text';
import { allStores } from './collections';
import { parseObject } from './file';

const t = text.evaluation;

export default function Evaluation() {
  const writes = useMay('write');
  const [making, setMaking] = useState<'run' | 'set' | null>(null);
  const runs = useQuery({
    queryKey: ['runs'],
    queryFn: async () => (await get('/api/evaluations', { query: { limit: 100 } })).items as unknown as Run[],
    refetchInterval: (query) => (query.state.data?.some((run) => run.state === 'running' || run.state === 'queued') ? 1_500 : 15_000),
  });
  const sets = useQuery({ queryKey: ['sets'], queryFn: async () => (await get('/api/evaluations/sets', { query: { limit: 100 } })).items as unknown as JudgedSet[] });
  const canRun = (sets.data?.length ?? 0) > 0;
  const newSet = writes && <Button look={canRun ? undefined : 'primary'} icon="plus" onClick={() => setMaking('set')}>{t.newSet}</Button>;
  const newRun = canRun && <Button look="primary" icon="plus" onClick={() => setMaking('run')}>{t.newRun}</Button>;
  return (
    <Page title={t.title} about={t.about} action={<>{newSet}{newRun}</>}>
      <Tabs>
        <TabList className="tabs" aria-label={t.title}>
          <Tab className="tab" id="runs">{t.runs}</Tab>
          <Tab className="tab" id="sets">{t.sets}</Tab>
        </TabList>
        <TabPanel className="tab-panel" id="runs">
          <Loaded query={runs}>{(all) => (all.length === 0 ? <div className="card"><Empty icon="scale" title={t.noRuns}>{t.noRunsHow}</Empty></div> : <Runs runs={all} />)}</Loaded>
        </TabPanel>
        <TabPanel className="tab-panel" id="sets">
          <Loaded query={sets}>{(all) => (all.length === 0 ? <div className="card"><Empty icon="file" title={t.noSets}>{t.noSetsHow}</Empty></div> : <Sets sets={all} />)}</Loaded>
        </TabPanel>
      </Tabs>
      {making === 'run' && sets.data && <NewRun sets={sets.data} onClose={() => setMaking(null)} />}
      {making === 'set' && <NewSet onClose={() => setMaking(null)} />}
    </Page>
  );
}

function Runs({ runs }: { runs: Run[] }) {
  return (
    <div className="card table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">{text.common.name}</th>
            <th scope="col">{text.common.status}</th>
            <th scope="col">{t.set}</th>
            <th scope="col">{t.measure}</th>
            <th scope="col">{text.common.created}</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td>
                <Link href={`/evaluation/runs/${run.id}`}><strong>{run.name || run.configurations.map((one) => one.name).join(' · ')}</strong></Link>
                <div className="small muted">{run.configurations.length > 1 ? t.two : t.one}</div>
              </td>
              <td>
                <Status value={run.state} />
                {run.state === 'running' && run.progress.queries_total > 0 && <div style={{ width: 110, marginTop: 5 }}><Bar label={t.progress} value={run.progress.queries_done / run.progress.queries_total} /></div>}
              </td>
              <td>{run.set_name}</td>
              <td className="nowrap"><MainMeasure run={run} /></td>
              <td><Time at={run.created_at} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** nDCG@10, or else the first that there is a figure of, as in the report. */
function MainMeasure({ run }: { run: Run }) {
  const measured = Object.keys(run.summary?.configurations[0]?.metrics ?? {});
  const name = measured.find((one) => one === 'ndcg@10') ?? measured[0];
  if (!run.summary || !name) return <>–</>;
  return (
    <>
      {run.summary.configurations.map((one) => one.metrics[name]?.mean.toFixed(3) ?? '–').join(' · ')} <span className="small muted">{name}</span>
    </>
  );
}

function Sets({ sets }: { sets: JudgedSet[] }) {
  const client = useQueryClient();
  const deletes = useMay('delete');
  const [removing, setRemoving] = useState<JudgedSet | null>(null);
  const remove = useMutation({
    mutationFn: (id: string) => del('/api/evaluations/sets/{id}', { path: { id } }),
    onSuccess: () => {
      setRemoving(null);
      void client.invalidateQueries({ queryKey: ['sets'] });
    },
  });
  return (
    <div className="card table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">{text.common.name}</th>
            <th scope="col" className="num">{t.queries}</th>
            <th scope="col" className="num">{t.judgements}</th>
            <th scope="col">{t.documentsBy}</th>
            <th scope="col">{text.common.created}</th>
            <th scope="col"><span className="hidden">{text.common.actions}</span></th>
          </tr>
        </thead>
        <tbody>
          {sets.map((set) => (
            <tr key={set.id}>
              <td><strong>{set.name}</strong></td>
              <td className="num">{count(set.query_count)}</td>
              <td className="num">{count(set.judgement_count)}</td>
              <td>{set.attribute || t.by[set.documents_by.toUpperCase()] || set.documents_by}</td>
              <td><Time at={set.created_at} /></td>
              <td className="actions">{deletes && <Menu label={`${text.common.actions}: ${set.name}`} choices={[{ id: 'delete', label: t.deleteSet, icon: 'trash', danger: true, run: () => setRemoving(set) }]} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {removing && <Confirm title={t.deleteSet} action={text.common.delete} busy={remove.isPending} error={remove.error} onClose={() => setRemoving(null)} onConfirm={() => remove.mutate(removing.id)}>{t.deleteSetHow}</Confirm>}
    </div>
  );
}

function NewSet({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const [name, setName] = useState('');
  const [by, setBy] = useState('filename');
  const [attribute, setAttribute] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const create = useMutation({
    mutationFn: () => {
      const form = new FormData();
      form.append('name', name);
      form.append('documents_by', by);
      if (by === 'attribute') form.append('attribute', attribute);
      form.append('file', file!);
      return send('POST', '/api/evaluations/sets/upload', { body: form });
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['sets'] });
      toast('ok', t.created);
      onClose();
    },
  });
  return (
    <Dialog
      title={t.newSet}
      about={t.noSetsHow}
      onClose={onClose}
      onSubmit={() => create.mutate()}
      footer={<><Button onClick={onClose}>{text.common.cancel}</Button><Button look="primary" type="submit" busy={create.isPending} disabled={!file || name.trim() === '' || (by === 'attribute' && attribute === '')}>{t.createSet}</Button></>}
    >
      <Field label={t.file} hint={t.fileHint}>
        <input className="input" type="file" accept=".csv,.zip,.tsv,.txt" required onChange={(event) => { const picked = event.target.files?.[0] ?? null; setFile(picked); if (picked && name === '') setName(picked.name.replace(/\.\w+$/, '')); }} />
      </Field>
      <Field label={text.common.name}><Input value={name} required onChange={(event) => setName(event.target.value)} /></Field>
      <Field label={t.documentsBy}><Select value={by} onChange={setBy} options={['filename', 'key', 'file_id', 'attribute'].map((value) => ({ value, label: t.by[value.toUpperCase()] ?? value }))} /></Field>
      {by === 'attribute' && <Field label={t.attribute}><Input value={attribute} onChange={(event) => setAttribute(event.target.value)} /></Field>}
      {create.error ? <Failed error={create.error} /> : null}
    </Dialog>
  );
}

function NewRun({ sets, onClose }: { sets: JudgedSet[]; onClose: () => void }) {
  const [, navigate] = useLocation();
  const toast = useToast();
  const stores = useQuery({ queryKey: ['collections', 'all'], queryFn: allStores });
  const [set, setSet] = useState(sets[0]!.id);
  const [collection, setCollection] = useState('');
  const [name, setName] = useState('');
  const [metrics, setMetrics] = useState('');
  const [compare, setCompare] = useState(true);
  const [first, setFirst] = useState({ name: 'default', json: '{}' });
  const [second, setSecond] = useState({ name: 'feedback', json: '{"feedback": 0.6}' });
  const chosen = collection || stores.data?.find((store: Store) => store.file_counts.completed > 0)?.id || '';
  const bodies = (compare ? [first, second] : [first]).map((one) => ({ name: one.name, search: parseObject(one.json) }));
  const measures = metrics.split(/[\s,]+/).filter((one) => one !== '');
  const start = useMutation({
    mutationFn: async () => (await post('/api/evaluations', { body: { ...(name ? { name } : {}), ...(measures.length > 0 ? { metrics: measures } : {}), set, collection: chosen, configurations: bodies as never } })) as unknown as Run,
    onSuccess: (run) => {
      toast('ok', t.started);
      navigate(`/evaluation/runs/${run.id}`);
    },
  });
  return (
    <Dialog
      title={t.newRun}
      onClose={onClose}
      onSubmit={() => start.mutate()}
      footer={<><Button onClick={onClose}>{text.common.cancel}</Button><Button look="primary" type="submit" busy={start.isPending} disabled={chosen === '' || bodies.some((one) => one.search === null || one.name === '')}>{t.start}</Button></>}
    >
      <Field label={t.runName} hint={text.common.optional}><Input value={name} onChange={(event) => setName(event.target.value)} /></Field>
      <div className="two">
        <Field label={t.set}><Select value={set} onChange={setSet} options={sets.map((one) => ({ value: one.id, label: one.name }))} /></Field>
        <Field label={t.collection}><Select value={chosen} onChange={setCollection} options={(stores.data ?? []).map((store) => ({ value: store.id, label: store.name || store.id }))} /></Field>
      </div>
      <Field label={t.metrics} hint={t.metricsHint}><Input value={metrics} placeholder="ndcg@10, recall@100, mrr, map" onChange={(event) => setMetrics(event.target.value)} /></Field>
      <Configuration title={t.first} value={first} onChange={setFirst} />
      <label className="check"><input type="checkbox" checked={compare} onChange={(event) => setCompare(event.target.checked)} />{t.compare}</label>
      {compare && <Configuration title={t.second} value={second} onChange={setSecond} />}
      {start.error ? <Failed error={start.error} /> : null}
    </Dialog>
  );
}

function Configuration({ title, value, onChange }: { title: string; value: { name: string; json: string }; onChange: (value: { name: string; json: string }) => void }) {
  const bad = parseObject(value.json) === null;
  return (
    <fieldset className="card pad stack tight" style={{ margin: 0 }}>
      <legend className="label" style={{ padding: '0 6px' }}>{title}</legend>
      <Field label={text.common.name}><Input value={value.name} onChange={(event) => onChange({ ...value, name: event.target.value })} /></Field>
      <Field label={t.configuration} hint={t.configurationHint} error={bad ? t.badJson : null}>
        <textarea className="input mono" style={{ minHeight: 56 }} spellCheck={false} aria-invalid={bad} value={value.json} onChange={(event) => onChange({ ...value, json: event.target.value })} />
      </Field>
    </fieldset>
  );
}
