// How numbers and times are shown: in the viewer's language and zone.

const rough = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat();
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

export const count = (value: number) => whole.format(value);
export const compact = (value: number) => rough.format(value);

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

export function duration(ms: number): string {
  if (ms < 1) return '<1 ms';
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** OpenAI's shapes count seconds, ours are ISO texts. */
export function toDate(time: string | number): Date {
  return typeof time === 'number' ? new Date(time * 1000) : new Date(time);
}

export const dateTime = (time: string | number) => moment.format(toDate(time));
export const fullTime = (time: string | number) => exact.format(toDate(time));

export function ago(time: string | number, now: number = Date.now()): string {
  const seconds = Math.round((toDate(time).getTime() - now) / 1000);
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['second', 60],
    ['minute', 60],
    ['hour', 24],
    ['day', 30],
    ['month', 12],
    ['year', Infinity],
  ];
  let value = seconds;
  for (const [unit, size] of steps) {
    if (Math.abs(value) < size) return relative.format(Math.round(value), unit);
    value /= size;
  }
  return dateTime(time);
}

export const score = (value: number) => value.toFixed(value !== 0 && Math.abs(value) < 0.1 ? 3 : 2);
/** A note as a sentence of its own. */
export function sentence(note: string): string {
  const begun = note.charAt(0).toLocaleUpperCase() + note.slice(1);
  return /[.!?…:]$/.test(begun) ? begun : `${begun}.`;
}

/** An id that is too long for a line, by its ends. */
export const shortId = (id: string) => (id.length > 20 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id);

export const percent = (value: number) => `${Math.round(value * 100)} %`;
