import { dateTime } from '../lib/format';
import { text } from '../text';

const t = text.memory;

/** One way to say what is to go, as the server takes it. */
export type Selection = { events: number[] } | { session: string } | { subject: string } | { source: string } | { from: string; to: string } | { everything: true };

/** What was asked to go, in words; of an earlier request as its receipt has it, which names no content. */
export function asked(what: Selection | string): string {
  if (typeof what === 'string') return ofReceipt(what);
  if ('events' in what) return t.askedEvents(what.events.length);
  if ('session' in what) return t.askedSession(what.session);
  if ('subject' in what) return t.askedSubject(what.subject);
  if ('source' in what) return t.askedSource(what.source);
  if ('from' in what) return t.askedTime(dateTime(what.from), dateTime(what.to));
  return t.asked.user!;
}

function ofReceipt(what: string): string {
  const events = /^(\d+) events?$/.exec(what);
  if (events) return t.askedEvents(Number(events[1]));
  const time = /^from (\S+) to (\S+)$/.exec(what);
  if (time && ![time[1], time[2]].some((one) => Number.isNaN(Date.parse(one!)))) return t.askedTime(dateTime(time[1]!), dateTime(time[2]!));
  const source = /^source (.+)$/.exec(what);
  return source ? t.askedSource(source[1]!) : (t.asked[what] ?? what);
}
