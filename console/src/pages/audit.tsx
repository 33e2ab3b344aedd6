import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/client';
import { Actor } from '../kit/actor';
import { Button, Empty, Field, Input, Loaded, Page, Select } from '../kit/kit';
import { dateTime, fullTime } from '../lib/format';
import { text } from '../text';

const t = text.audit;
const ACTIONS = [
  'session.started', 'session.ended', 'key.created', 'key.revoked', 'tenant.created', 'document.deleted', 'document.readers_changed', 'document.retried',
  'document.cancelled', 'batch.cancelled', 'file.deleted', 'collection.deleted', 'collection.calibrated', 'build.started', 'build.activated', 'build.rolled_back',
  'build.discarded', 'response.deleted', 'job.retried', 'job.cancelled', 'index.rebuild', 'judged_set.created', 'judged_set.deleted', 'evaluation.started',
  'evaluation.cancelled', 'evaluation.deleted', 'memory.erase', 'memory.rollback', 'memory.branch', 'memory.consolidate', 'memory.export', 'memory.import',
  'memory.hold', 'memory.release', 'memory.retention_set', 'memory.retention_cleared', 'model.pull_started', 'model.pulled', 'model.pull_failed', 'model.pull_cancelled',
  'model.load_started', 'model.loaded', 'model.load_failed', 'model.unloaded', 'model.deleted',
];

export default function Audit() {
  const [action, setAction] = useState('');
  const [actor, setActor] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const entries = useInfiniteQuery({
    queryKey: ['audit', action, actor, from, to],
    queryFn: ({ pageParam }) => get('/api/audit', { query: { action, actor: actor.trim(), from: instant(from), to: instant(to), limit: 50, after: pageParam || undefined } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <Page title={t.title} about={t.about}>
      <form className="grid" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(190px, 1fr))' }} onSubmit={(event) => event.preventDefault()}>
        <Field label={t.action}><Select value={action} onChange={setAction} options={[{ value: '', label: t.anyAction }, ...ACTIONS.map((value) => ({ value, label: value }))]} /></Field>
        <Field label={t.actor} hint={t.actorHint}><Input value={actor} placeholder={t.anyActor} onChange={(event) => setActor(event.target.value)} /></Field>
        <Field label={t.from}><Input type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} /></Field>
        <Field label={t.to}><Input type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} /></Field>
      </form>
      <Loaded query={entries} rows={8}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.data);
          return all.length === 0 ? (
            <div className="card"><Empty icon="audit" title={t.empty}>{t.emptyHow}</Empty></div>
          ) : (
            <div className="card table-wrap">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t.when}</th>
                    <th scope="col">{t.action}</th>
                    <th scope="col">{t.subject}</th>
                    <th scope="col">{t.actor}</th>
                    <th scope="col">{t.detail}</th>
                  </tr>
                </thead>
                <tbody>
                  {all.map((entry) => (
                    <tr key={entry.id} title={`${t.request} ${entry.request_id}`}>
                      <td className="nowrap"><time dateTime={entry.at} title={fullTime(entry.at)}>{dateTime(entry.at)}</time></td>
                      <td><span className="tag">{entry.action}</span></td>
                      <td className="mono break">{entry.subject}</td>
                      <td><Actor id={entry.actor} /></td>
                      <td className="small muted break">{detail(entry.detail as Record<string, unknown>)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Loaded>
      {entries.hasNextPage && <div><Button busy={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>{text.common.loadMore}</Button></div>}
    </Page>
  );
}

/** What is typed is in the viewer's zone. */
function instant(local: string): string | undefined {
  const time = new Date(local);
  return local === '' || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

function detail(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') || '–' : typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' · ');
}
