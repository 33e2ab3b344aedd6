import { expect, test } from 'vitest';
import type { UsageHour } from '../api/types';
import { quantile, slots, sum } from './usage';

const hour = (at: string, requests: number, p50_ms: number): UsageHour => ({ at, operation: 'search', requests, failures: 1, tokens: 2, p50_ms, p95_ms: p50_ms * 2 });

test('hours without requests have their place too', () => {
  const all = slots([hour('2026-01-01T02:00:00Z', 3, 10)], new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T05:00:00Z'), 'hour');
  expect(all.map((slot) => sum(slot, 'search', 'requests'))).toEqual([0, 0, 3, 0, 0]);
  expect(quantile(all[0]!, 'search', 'p50_ms')).toBeNull();
});

test('a day weighs its hours by their requests', () => {
  const noon = new Date(2026, 0, 1, 12).toISOString();
  const one = new Date(2026, 0, 1, 13).toISOString();
  const all = slots([hour(noon, 1, 10), hour(one, 3, 30)], new Date(2026, 0, 1), new Date(2026, 0, 3), 'day');
  expect(all).toHaveLength(2);
  expect(quantile(all[0]!, 'search', 'p50_ms')).toBe(25);
  expect(sum(all[0]!, '', 'tokens')).toBe(4);
});
