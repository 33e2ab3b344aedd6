import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, post } from '../api/client';
import type { UsageHour } from '../api/types';
import { Bars, Lines } from '../kit/charts';
import { Button, Confirm, Empty, Loaded, Page, Segments } from '../kit/kit';
import { bytes, compact, count, duration } from '../lib/format';
import { quantile, slots, sum } from '../lib/usage';
import { useUser } from '../session';
import { text } from '../text';
import { allStores } from './collections';

const t = text.usage;
const OPERATIONS = ['search', 'answer', 'ingest', 'embed'];
const HOURS = { day: 24, week: 7 * 24, month: 30 * 24 } as const;
const STORES_SHOWN = 12;

export default function Usage() {
  const user = useUser();
  const [span, setSpan] = useState<keyof typeof HOURS>('day');
  const usage = useQuery({
    queryKey: ['usage', span],
    queryFn: async () => {
      const to = new Date();
      const from = new Date(to.getTime() - (HOURS[span] - 1) * 3_600_000);
      const found = await get('/api/usage', { query: { from: from.toISOString(), to: to.toISOString() } });
      return { hours: found.hours as unknown as UsageHour[], from, to };
    },
    refetchInterval: 30_000,
  });
  return (
    <Page title={t.title} about={t.about} action={<Segments label={t.span} value={span} onChange={setSpan} options={(['day', 'week', 'month'] as const).map((value) => ({ value, label: t[value] }))} />}>
      <Loaded query={usage} rows={8}>{(data) => <Charts {...data} by={span === 'day' ? 'hour' : 'day'} />}</Loaded>
      <div className="two">
        <Storage />
        {user.operator && <Index />}
      </div>
    </Page>
  );
}

function Charts({ hours, from, to, by }: { hours: UsageHour[]; from: Date; to: Date; by: 'hour' | 'day' }) {
  const places = slots(hours, from, to, by);
  const format = new Intl.DateTimeFormat(undefined, by === 'hour' ? { hour: '2-digit', minute: '2-digit' } : { month: 'short', day: 'numeric' });
  const ticks = places.map((slot) => format.format(slot.at));
  if (hours.length === 0) return <div className="card"><Empty icon="chart" title={t.empty}>{t.emptyHow}</Empty></div>;
  const used = OPERATIONS.filter((operation) => places.some((slot) => sum(slot, operation, 'requests') > 0));
  const measured = used.filter((operation) => operation === 'search' || operation === 'answer');
  const tokens = places.some((slot) => sum(slot, '', 'tokens') > 0);
  return (
    <>
      <div className="two">
        <section className="card pad stack tight">
          <div><h2>{t.requests}</h2><p className="small muted">{t.requestsHow}</p></div>
          <Bars label={`${t.requests}: ${used.map((one) => `${t.operations[one]} ${count(places.reduce((total, slot) => total + sum(slot, one, 'requests'), 0))}`).join(', ')}`} ticks={ticks} format={compact} series={used.map((one) => ({ name: t.operations[one]!, colour: OPERATIONS.indexOf(one), values: places.map((slot) => sum(slot, one, 'requests')) }))} />
        </section>
        <section className="card pad stack tight">
          <div><h2>{t.latency}</h2><p className="small muted">{t.latencyHow}</p></div>
          <Lines
            label={t.latencyHow}
            ticks={ticks}
            format={duration}
            series={measured.flatMap((one) => [
              { name: `${t.operations[one]}, ${t.p50}`, colour: OPERATIONS.indexOf(one), values: places.map((slot) => quantile(slot, one, 'p50_ms')) },
              { name: `${t.operations[one]}, ${t.p95}`, colour: OPERATIONS.indexOf(one), dashed: true, values: places.map((slot) => quantile(slot, one, 'p95_ms')) },
            ])}
          />
        </section>
        {tokens && (
          <section className="card pad stack tight">
            <div><h2>{t.tokens}</h2><p className="small muted">{t.tokensHow}</p></div>
            <Bars label={t.tokens} ticks={ticks} format={compact} series={[{ name: t.tokens, colour: 3, values: places.map((slot) => sum(slot, '', 'tokens')) }]} />
          </section>
        )}
      </div>
      <details className="card">
        <summary style={{ padding: '12px 18px', cursor: 'pointer' }}>{t.table}</summary>
        <div className="table-wrap">
          <table>
            <thead>
              <tr>
                <th scope="col">{t.hour}</th>
                {used.map((one) => <th scope="col" className="num" key={one}>{t.operations[one]}</th>)}
                <th scope="col" className="num">{t.failures}</th>
                <th scope="col" className="num">{t.tokens}</th>
              </tr>
            </thead>
            <tbody>
              {places.map((slot, index) => slot.hours.length === 0 ? null : (
                <tr key={index}>
                  <td className="nowrap">{ticks[index]}</td>
                  {used.map((one) => <td key={one} className="num">{count(sum(slot, one, 'requests'))}</td>)}
                  <td className="num">{count(sum(slot, '', 'failures'))}</td>
                  <td className="num">{count(sum(slot, '', 'tokens'))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

function Storage() {
  const stores = useQuery({ queryKey: ['collections', 'all'], queryFn: allStores });
  return (
    <section className="card pad stack">
      <div><h2>{t.storage}</h2><p className="small muted">{t.storageHow}</p></div>
      <Loaded query={stores} rows={3}>
        {(all) => {
          const largest = Math.max(1, ...all.map((store) => store.usage_bytes));
          const shown = [...all].sort((a, b) => b.usage_bytes - a.usage_bytes).slice(0, STORES_SHOWN);
          return shown.length === 0 ? <p className="muted">{text.collections.empty}</p> : (
            <ul className="stack tight">
              {shown.map((store) => (
                <li key={store.id}>
                  <div className="row between small"><span className="ellipsis">{store.name || store.id}</span><span className="muted nowrap">{bytes(store.usage_bytes)}</span></div>
                  <div className="bar"><i style={{ width: `${(100 * store.usage_bytes) / largest}%` }} /></div>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}

function Index() {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const index = useQuery({ queryKey: ['index'], queryFn: () => get('/api/index'), refetchInterval: 5_000 });
  const rebuild = useMutation({
    mutationFn: () => post('/api/index/rebuild'),
    onSuccess: () => {
      setAsking(false);
      void client.invalidateQueries({ queryKey: ['index'] });
    },
  });
  return (
    <section className="card pad stack">
      <div className="row between">
        <h2>{t.index}</h2>
        <Button small icon="retry" onClick={() => setAsking(true)}>{t.rebuild}</Button>
      </div>
      <Loaded query={index} rows={3}>
        {(data) => (
          <dl className="facts">
            <dt>{t.chunks}</dt><dd>{count(data.index.chunks)}</dd>
            <dt>{t.onDisk}</dt><dd>{bytes(data.index.bytes)}</dd>
            <dt>{t.lag}</dt><dd>{count(data.index.lag_changes)}</dd>
            {data.rebuild.state === 'running' && <><dt>{t.rebuild}</dt><dd>{t.rebuilding} {text.common.of(count(data.rebuild.chunks_done), count(data.rebuild.chunks_total))}</dd></>}
          </dl>
        )}
      </Loaded>
      {asking && <Confirm title={t.rebuildTitle} action={t.rebuild} busy={rebuild.isPending} error={rebuild.error} onClose={() => setAsking(false)} onConfirm={() => rebuild.mutate()}>{t.rebuildHow}</Confirm>}
    </section>
  );
}
