import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { del, get, put } from '../api/client';
import { Button, Empty, Field, Loaded, Select } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { dateTime, fullTime } from '../lib/format';
import { useMay } from '../session';
import { text } from '../text';
import { Forget } from './forget';
import { placeOf, type MemoryEvent, type Pin, type Scope } from './types';

const t = text.memory;

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
              {all.map((event, index) => (
                <li key={event.seq}>
                  {(index === 0 || all[index - 1]!.session !== event.session) && <h2 className="small muted break">{t.sessionOf(event.session)}</h2>}
                  <EventView event={event} pins={pinned} onForget={mayDelete ? () => setForgetting(event) : undefined} />
                </li>
              ))}
            </ol>
          );
        }}
      </Loaded>
      {events.hasNextPage && <div><Button busy={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>{text.common.loadMore}</Button></div>}
      {forgetting && <Forget scope={placeOf(forgetting)} what={{ events: [forgetting.seq] }} onClose={() => setForgetting(null)} />}
    </>
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
