import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { get, post } from '../api/client';
import type { Job } from '../api/types';
import { Button, Empty, Loaded, Page, Segments, Status, Time } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { count, duration } from '../lib/format';
import { text } from '../text';

const t = text.jobs;
const STATES = ['', 'queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'] as const;

export default function Jobs() {
  const client = useQueryClient();
  const toast = useToast();
  const [state, setState] = useState<(typeof STATES)[number]>('');
  const jobs = useInfiniteQuery({
    queryKey: ['jobs', state],
    queryFn: ({ pageParam }) => get('/api/jobs', { query: { state: state || undefined, limit: 50, after: pageParam || undefined } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
    refetchInterval: 3_000,
  });
  const act = useMutation({
    mutationFn: ({ id, verb }: { id: string; verb: 'retry' | 'cancel' }) => (verb === 'retry' ? post('/api/jobs/{id}/retry', { path: { id } }) : post('/api/jobs/{id}/cancel', { path: { id } })),
    onSuccess: (_, { verb }) => {
      toast('ok', verb === 'retry' ? t.retried : t.cancelling);
      void client.invalidateQueries({ queryKey: ['jobs'] });
    },
    onError: (failure) => toast('bad', failure.message),
  });
  return (
    <Page title={t.title} about={t.about}>
      <Loaded query={jobs}>
        {(data) => {
          const counts = data.pages[0]!.counts as Record<string, number>;
          const all = data.pages.flatMap((page) => page.items as unknown as Job[]);
          return (
            <>
              <div style={{ overflowX: 'auto' }}>
                <Segments label={t.states} value={state} onChange={setState} options={STATES.map((value) => ({ value, label: value === '' ? text.common.all : `${text.status[value]} ${count(counts[value] ?? 0)}` }))} />
              </div>
              <div className="card table-wrap">
                {all.length === 0 ? (
                  <Empty icon="jobs" title={state === '' ? t.empty : t.emptyFiltered}>{state === '' ? t.emptyHow : undefined}</Empty>
                ) : (
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">{t.kind}</th>
                        <th scope="col">{text.common.status}</th>
                        <th scope="col">{t.subject}</th>
                        <th scope="col" className="num">{t.attempts}</th>
                        <th scope="col" className="num">{t.took}</th>
                        <th scope="col">{t.started}</th>
                        <th scope="col"><span className="hidden">{text.common.actions}</span></th>
                      </tr>
                    </thead>
                    <tbody>
                      {all.map((job) => (
                        <tr key={job.id}>
                          <td className="nowrap"><strong>{t.kinds[job.kind] ?? job.kind}</strong></td>
                          <td><Status value={job.state} /></td>
                          <td style={{ maxWidth: 380 }}>
                            <div className="break"><Subject job={job} /></div>
                            {job.failure && <div className="small break" style={{ color: 'var(--danger)' }}>{job.failure.message}</div>}
                          </td>
                          <td className="num nowrap">{text.common.of(String(job.attempts), String(job.max_attempts))}</td>
                          <td className="num nowrap">{job.started_at && job.finished_at ? duration(Date.parse(job.finished_at) - Date.parse(job.started_at)) : '–'}</td>
                          <td><Time at={job.created_at} /></td>
                          <td className="actions">
                            {['failed', 'dead', 'cancelled'].includes(job.state) && <Button small icon="retry" busy={act.isPending && act.variables.id === job.id} onClick={() => act.mutate({ id: job.id, verb: 'retry' })}>{t.retry}</Button>}
                            {['queued', 'running'].includes(job.state) && <Button small icon="close" disabled={job.cancel_requested} onClick={() => act.mutate({ id: job.id, verb: 'cancel' })}>{t.cancel}</Button>}
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                )}
              </div>
              {jobs.hasNextPage && <div><Button busy={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>{text.common.loadMore}</Button></div>}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

/** What the job is about, with the way to its page. */
function Subject({ job }: { job: Job }) {
  if (job.document) return <Link href={`/collections/${job.document.collection_id}/files/${job.document.file_id}`}>{job.document.filename}</Link>;
  if (job.kind === 'evaluate') return <Link className="mono" href={`/evaluation/runs/${job.subject}`}>{job.subject}</Link>;
  const build = /^(.+)\/(\d+)$/.exec(job.subject);
  if (job.kind === 'build' && build) return <Link href={`/collections/${build[1]}`}>{text.collection.build(Number(build[2]))}</Link>;
  return <span className="mono">{job.subject}</span>;
}
