import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { del, get, post } from '../api/client';
import type { QueryResult, Run } from '../api/types';
import { Interval } from '../kit/charts';
import { Icon } from '../kit/icons';
import { Bar, Button, Confirm, Failed, Loaded, Loading, Note, Page, Select, Status } from '../kit/kit';
import { count, dateTime, duration } from '../lib/format';
import { useMay } from '../session';
import { text } from '../text';

const t = text.evaluation;
const f = (value: number) => value.toFixed(3);
const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(3)}`;

export default function RunPage({ run: id }: { run: string }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const deletes = useMay('delete');
  const [removing, setRemoving] = useState(false);
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: async () => (await get('/api/evaluations/{id}', { path: { id } })) as unknown as Run,
    refetchInterval: (query) => (query.state.data && ['running', 'queued'].includes(query.state.data.state) ? 1_000 : false),
  });
  const cancel = useMutation({ mutationFn: () => post('/api/evaluations/{id}/cancel', { path: { id } }), onSuccess: () => run.refetch() });
  const remove = useMutation({
    mutationFn: () => del('/api/evaluations/{id}', { path: { id } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['runs'] });
      navigate('/evaluation');
    },
  });
  const crumbs = <><Link href="/evaluation">{t.title}</Link><span aria-hidden="true">/</span></>;
  if (!run.data) return <Page title={t.runs} crumbs={crumbs}>{run.error ? <Failed error={run.error} retry={() => void run.refetch()} /> : <Loading rows={8} />}</Page>;
  const it = run.data;
  const going = it.state === 'running' || it.state === 'queued';
  return (
    <Page
      title={it.name || it.configurations.map((one) => one.name).join(' · ')}
      about={`${it.set_name} · ${t.queriesOf(it.summary?.queries ?? it.progress.queries_total)} · ${dateTime(it.created_at)}`}
      crumbs={crumbs}
      action={
        <>
          {going && <Button icon="close" busy={cancel.isPending} onClick={() => cancel.mutate()}>{t.cancel}</Button>}
          {it.summary && <a className="button primary" href={`/api/evaluations/${id}/report`} target="_blank" rel="noreferrer"><Icon name="file" />{t.report}</a>}
          {deletes && !going && <Button look="danger" icon="trash" onClick={() => setRemoving(true)}>{text.common.delete}</Button>}
        </>
      }
    >
      <div className="row">
        <Status value={it.state} />
        {going && <div className="grow" style={{ maxWidth: 360 }}><Bar label={t.progress} value={it.progress.queries_total > 0 ? it.progress.queries_done / it.progress.queries_total : 0} /></div>}
        {going && <span className="small muted">{text.common.of(count(it.progress.queries_done), count(it.progress.queries_total))}</span>}
      </div>
      {it.failure && <Note kind="bad"><strong>{t.failed}</strong><div>{it.failure.message}</div></Note>}
      {it.summary ? <Summary run={it} summary={it.summary} /> : !it.failure && <Note>{t.waiting}</Note>}
      {it.summary && <Drill run={it} metrics={Object.keys(it.summary.configurations[0]?.metrics ?? {})} />}
      {removing && <Confirm title={t.deleteRun} action={text.common.delete} busy={remove.isPending} error={remove.error} onClose={() => setRemoving(false)} onConfirm={() => remove.mutate()}>{t.deleteRunHow}</Confirm>}
    </Page>
  );
}

function Summary({ run, summary }: { run: Run; summary: NonNullable<Run['summary']> }) {
  const metrics = Object.keys(summary.configurations[0]?.metrics ?? {});
  const spread = Math.max(0.01, ...summary.comparisons.flatMap((one) => [Math.abs(one.ci_low), Math.abs(one.ci_high)]));
  return (
    <>
      {summary.judgements_missing > 0 && <Note kind="warn">{t.missing(summary.judgements_missing)}</Note>}
      <section className="card table-wrap">
        <table>
          <caption className="hidden">{t.measures}</caption>
          <thead>
            <tr>
              <th scope="col">{t.measure}</th>
              {summary.configurations.map((one) => <th scope="col" key={one.name} style={{ width: `${60 / summary.configurations.length}%` }}>{one.name}</th>)}
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric) => (
              <tr key={metric}>
                <th scope="row">{metric}</th>
                {summary.configurations.map((one, index) => {
                  const figure = one.metrics[metric];
                  return (
                    <td key={one.name}>
                      {figure && (
                        <div style={{ display: 'grid', gridTemplateColumns: '56px 1fr', gap: 12, alignItems: 'center' }}>
                          <strong className="num">{f(figure.mean)}</strong>
                          <Interval low={figure.ci_low} mean={figure.mean} high={figure.ci_high} from={0} to={1} colour={index} label={`${one.name}: ${f(figure.mean)}, ${f(figure.ci_low)} – ${f(figure.ci_high)}`} />
                        </div>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
            <tr>
              <th scope="row">{t.latency}</th>
              {summary.configurations.map((one) => <td key={one.name} className="muted">{t.median} {duration(one.latency.p50_ms)} · {t.p95} {duration(one.latency.p95_ms)}</td>)}
            </tr>
          </tbody>
        </table>
      </section>
      {summary.comparisons.length > 0 && (
        <section className="card table-wrap">
          <div className="pane-head"><h2>{t.difference(run.configurations[0]!.name, run.configurations[1]!.name)}</h2></div>
          <table>
            <thead>
              <tr>
                <th scope="col">{t.measure}</th>
                <th scope="col" style={{ width: '45%' }}><span className="row between"><span>← {t.left}</span><span>{t.right} →</span></span></th>
                <th scope="col" className="num">Δ</th>
                <th scope="col" className="num">{t.p}</th>
                <th scope="col" className="num">{t.better}</th>
                <th scope="col" className="num">{t.worse}</th>
              </tr>
            </thead>
            <tbody>
              {summary.comparisons.map((one) => (
                <tr key={one.metric}>
                  <th scope="row">{one.metric}</th>
                  <td><Interval zero low={one.ci_low} mean={one.mean_difference} high={one.ci_high} from={-spread} to={spread} colour={one.ci_low > 0 ? 0 : one.ci_high < 0 ? 4 : 5} label={`${one.metric}: ${signed(one.mean_difference)}, ${signed(one.ci_low)} – ${signed(one.ci_high)}`} /></td>
                  <td className="num"><strong>{signed(one.mean_difference)}</strong></td>
                  <td className="num">{one.p < 0.001 ? '<0.001' : one.p.toFixed(3)}</td>
                  <td className="num">{count(one.wins)}</td>
                  <td className="num">{count(one.losses)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}

function Drill({ run, metrics }: { run: Run; metrics: string[] }) {
  const [metric, setMetric] = useState(metrics.find((one) => one.startsWith('ndcg')) ?? metrics[0] ?? '');
  const results = useInfiniteQuery({
    queryKey: ['run', run.id, 'queries', metric],
    queryFn: ({ pageParam }) => get('/api/evaluations/{id}/queries', { path: { id: run.id }, query: { metric, limit: 50, offset: pageParam } }),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: metric !== '',
  });
  return (
    <section className="card">
      <div className="pane-head" style={{ flexWrap: 'wrap' }}>
        <div className="grow"><h2>{t.drill}</h2><p className="small muted">{t.drillHow}</p></div>
        <div style={{ width: 190 }}><Select aria-label={t.sortBy} value={metric} onChange={setMetric} options={metrics.map((value) => ({ value, label: value }))} /></div>
      </div>
      <Loaded query={results}>
        {(data) => (
          <div className="table-wrap">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.query}</th>
                  {run.configurations.map((one) => <th scope="col" className="num" key={one.name}>{one.name}</th>)}
                  {run.configurations.length > 1 && <th scope="col" className="num">Δ</th>}
                  <th scope="col">{t.ranks}</th>
                  <th scope="col"><span className="hidden">{text.common.actions}</span></th>
                </tr>
              </thead>
              <tbody>
                {data.pages.flatMap((page) => page.items as unknown as QueryResult[]).map((query) => (
                  <tr key={query.query_id}>
                    <td className="break" style={{ minWidth: 220 }}>{query.text}</td>
                    {query.outcomes.map((outcome, index) => <td key={index} className="num">{outcome.metrics[metric] === undefined ? '–' : f(outcome.metrics[metric])}</td>)}
                    {run.configurations.length > 1 && <td className="num"><strong style={{ color: (query.difference ?? 0) < 0 ? 'var(--danger)' : (query.difference ?? 0) > 0 ? 'var(--ok)' : undefined }}>{query.difference === null ? '–' : signed(query.difference)}</strong></td>}
                    <td className="small">{query.outcomes.map((outcome, index) => <div key={index}>{Object.values(outcome.ranks).map((rank) => rank ?? t.notFound).join(', ') || t.notFound}</div>)}</td>
                    <td className="actions"><Link className="button small" href={`/playground?${new URLSearchParams({ collection: run.collection_id, q: query.text })}`}><Icon name="search" />{t.open}</Link></td>
                  </tr>
                ))}
              </tbody>
            </table>
            {results.hasNextPage && <div style={{ padding: 12 }}><Button small busy={results.isFetchingNextPage} onClick={() => void results.fetchNextPage()}>{text.common.loadMore}</Button></div>}
          </div>
        )}
      </Loaded>
    </section>
  );
}
