import type { UsageHour } from '../api/types';

/** One place of a chart: an hour or a day of the viewer's. */
export interface Slot {
  at: Date;
  hours: UsageHour[];
}

/** Every hour of the time, or every day where it is long; also those in which nothing was asked. */
export function slots(hours: readonly UsageHour[], from: Date, to: Date, by: 'hour' | 'day'): Slot[] {
  const all: Slot[] = [];
  for (const at = start(from, by); at < to; by === 'day' ? at.setDate(at.getDate() + 1) : at.setTime(at.getTime() + 3_600_000)) {
    all.push({ at: new Date(at), hours: [] });
  }
  for (const hour of hours) {
    const begin = start(new Date(hour.at), by).getTime();
    all.find((slot) => slot.at.getTime() === begin)?.hours.push(hour);
  }
  return all;
}

function start(time: Date, by: 'hour' | 'day'): Date {
  const begin = new Date(time);
  if (by === 'day') begin.setHours(0, 0, 0, 0);
  else begin.setMinutes(0, 0, 0);
  return begin;
}

export function sum(slot: Slot, operation: string, what: 'requests' | 'failures' | 'tokens'): number {
  return slot.hours.filter((hour) => operation === '' || hour.operation === operation).reduce((total, hour) => total + hour[what], 0);
}

/** Of several hours the mean, weighed by their requests: an estimate, as each hour's own is. */
export function quantile(slot: Slot, operation: string, which: 'p50_ms' | 'p95_ms'): number | null {
  const hours = slot.hours.filter((hour) => hour.operation === operation && hour.requests > 0);
  const requests = hours.reduce((total, hour) => total + hour.requests, 0);
  return requests === 0 ? null : hours.reduce((total, hour) => total + hour[which] * hour.requests, 0) / requests;
}
