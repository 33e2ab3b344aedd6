import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { del, get, put } from '../api/client';
import { Button, Empty, Field, Loaded, Select } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { grouped, type Group } from '../lib/episodes';
import { dateTime, fullTime } from '../lib/format';
import { useMay } from '../session';
import { text } from '../text';
import { Forget } from './forget';
import { SummaryView } from './levels';
import { placeOf, type Episode, type MemoryEvent, type Pin, type Scope, type Summary } from './types';

const t = text.memory;
/** What the server gives on one page; events of further episodes are shown without. */
const EPISODES_SHOWN = 1_000;

/** What happened, in order; the same in the order of the log or of one session. */
export function TimelineView({ scope }: { scope: Scope }) {
  const [session, setSession] = useState('');
  const [forgetting, setForgetting] = useState<MemoryEvent | null>(null);
  const mayDelete = useMay('delete');
  const pinned = usePins(scope);
  const sessions = useQuery({ queryKey: ['memory', 'sessions', scope], queryFn: () => get('/api/memory/events/sessions', { query: { ...scope } }) });
  const events = useInfiniteQuery({
    queryKey: ['memory', 'events', scope, session],
    queryFn: ({ pageParam }) => get('/api/memory/events', { query: { ...scope, session: session || undefined, after: pageParam, limit: 50 } }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const episodes = useEpisodes(scope);
  const names = (sessions.data?.items ?? []) as string[];
  return (
    <>
      {names.length > 1 && (
        <Field label={t.session}><Select value={session} onChange={setSession} options={[{ value: '', label: t.allSessions }, ...names.map((value) => ({ value, label: value }))]} /></Field>
      )}
      <Loaded query={events}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.items as unknown as MemoryEvent[]);
          return all.length === 0 ? (
            <div className="card"><Empty icon="brain" title={t.noEvents}>{t.noEventsHow}</Empty></div>
          ) : (
            <ol className="memory-line card" aria-label={t.viewNames.timeline}>
              {grouped(all, episodes.data?.episodes ?? []).map((group, index, groups) => {
                const session = group.events[0]!.session;
                return (
                  <li key={group.events[0]!.seq}>
                    {(index === 0 || groups[index - 1]!.events[0]!.session !== session) && <h2 className="small muted break">{t.sessionOf(session)}</h2>}
                    <EpisodeView group={group} summary={episodes.data?.summaries.get(group.events[0]!.seq)}>
                      {group.events.map((event) => (
                        <EventView key={event.seq} event={event} pins={pinned} onForget={mayDelete ? () => setForgetting(event) : undefined} />
                      ))}
                    </EpisodeView>
                  </li>
                );
              })}
            </ol>
          );
        }}
      </Loaded>
      {events.hasNextPage && <div><Button busy={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>{text.common.loadMore}</Button></div>}
      {forgetting && <Forget scope={placeOf(forgetting)} what={{ events: [forgetting.seq] }} onClose={() => setForgetting(null)} />}
    </>
  );
}

/** The latest episodes, which follow the log with a delay, and their summaries by the events that they are made of. */
function useEpisodes(scope: Scope) {
  return useQuery({
    queryKey: ['memory', 'episodes', scope],
    queryFn: async () => {
      const [found, short] = await Promise.all([
        get('/api/memory/episodes', { query: { ...scope, limit: EPISODES_SHOWN } }),
        get('/api/memory/levels', { query: { ...scope, level: 'episode', limit: EPISODES_SHOWN } }),
      ]);
      const summaries = new Map<number, Summary>();
      for (const summary of short.items as unknown as Summary[]) for (const seq of summary.sources) summaries.set(seq, summary);
      return { episodes: found.items as unknown as Episode[], summaries };
    },
    refetchInterval: 15_000,
  });
}

function EpisodeView({ group, summary, children }: { group: Group<MemoryEvent, Episode>; summary: Summary | undefined; children: ReactNode }) {
  const { episode } = group;
  if (!episode) return <div className="memory-episode" style={{ borderStyle: 'dashed' }}><header className="small muted">{t.noEpisode}</header>{children}</div>;
  return (
    <section className="memory-episode" aria-label={`${t.episode} ${dateTime(episode.from)}`}>
      <header className="small muted">
        <strong>{t.episodeOf(episode.events, t.boundaries[episode.boundary] ?? episode.boundary)}</strong>
        <span>{episode.from === episode.to ? dateTime(episode.from) : `${dateTime(episode.from)} – ${dateTime(episode.to)}`}</span>
      </header>
      {summary && <SummaryView summary={summary} />}
      {children}
    </section>
  );
}

export interface Pinned {
  has: (kind: Pin['kind'], number: number) => boolean;
  toggle: (kind: Pin['kind'], number: number, place: Scope) => void;
  busy: boolean;
}

export function usePins(scope: Scope): Pinned {
  const client = useQueryClient();
  const toast = useToast();
  const pins = useQuery({ queryKey: ['memory', 'pins', scope.user], queryFn: () => get('/api/memory/pins', { query: { user: scope.user, agent: '*', run: '*' } }) });
  const all = (pins.data?.items ?? []) as unknown as Pin[];
  const has = (kind: Pin['kind'], number: number) => all.some((pin) => pin.kind === kind && pin.number === number);
  const change = useMutation({
    mutationFn: async ({ kind, number, place, on }: { kind: Pin['kind']; number: number; place: Scope; on: boolean }): Promise<void> => {
      const options = { path: { kind, number }, query: { ...place } };
      await (on ? put('/api/memory/pins/{kind}/{number}', options) : del('/api/memory/pins/{kind}/{number}', options));
    },
    onSuccess: (_, { on }) => {
      toast('ok', on ? t.pinned : t.unpinned);
      return client.invalidateQueries({ queryKey: ['memory'] });
    },
    onError: (failure) => toast('bad', failure.message),
  });
  return { has, busy: change.isPending, toggle: (kind, number, place) => change.mutate({ kind, number, place, on: !has(kind, number) }) };
}

export function EventView({ event, pins, onForget }: { event: MemoryEvent; pins: Pinned; onForget?: (() => void) | undefined }) {
  const mayWrite = useMay('write');
  const isPinned = pins.has('event', event.seq);
  return (
    <article className="memory-event" aria-label={t.eventOf(event.seq)}>
      <div className="row small">
        <span className="tag">{event.speaker || event.role}</span>
        <time className="muted" dateTime={event.at} title={fullTime(event.at)}>{dateTime(event.at)}</time>
        {isPinned && <span className="pill ok">{t.isPinned}</span>}
        <span className="muted">#{event.seq}</span>
      </div>
      <p className="break memory-text">{event.text}</p>
      <div className="row">
        {mayWrite && <Button small look="quiet" icon="pin" aria-pressed={isPinned} onClick={() => pins.toggle('event', event.seq, placeOf(event))}>{isPinned ? t.unpin : t.pin}</Button>}
        {onForget && <Button small look="quiet" icon="trash" onClick={onForget}>{t.forget}</Button>}
      </div>
    </article>
  );
}
