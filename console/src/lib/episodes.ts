// Events in the order in which they are shown, cut where another episode or conversation begins.

export interface Placed {
  seq: number;
  user: string;
  agent: string;
  run: string;
  session: string;
  position: number;
}

export interface Cut {
  id: number;
  user: string;
  agent: string;
  run: string;
  session: string;
  first: number;
  last: number;
}

export interface Group<E, C> {
  /** Null while the events are not cut into episodes. */
  episode: C | null;
  events: E[];
}

const place = (one: { user: string; agent: string; run: string; session: string }) => JSON.stringify([one.user, one.agent, one.run, one.session]);

/** Neighbours of one episode are together; one that others interrupt is there several times. */
export function grouped<E extends Placed, C extends Cut>(events: readonly E[], episodes: readonly C[]): Group<E, C>[] {
  const byPlace = new Map<string, C[]>();
  for (const one of episodes) byPlace.set(place(one), [...(byPlace.get(place(one)) ?? []), one]);
  const groups: Group<E, C>[] = [];
  for (const event of events) {
    const episode = byPlace.get(place(event))?.find((one) => one.first <= event.position && event.position <= one.last) ?? null;
    const last = groups.at(-1);
    const before = last?.events.at(-1);
    if (last && before && last.episode === episode && place(before) === place(event)) last.events.push(event);
    else groups.push({ episode, events: [event] });
  }
  return groups;
}
