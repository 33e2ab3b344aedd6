import { expect, test } from 'vitest';
import { keep, rate } from './live';

test('a rate is what was counted, by the seconds between', () => {
  expect(rate({ at: 1_000, read: 10, written: 4 }, { at: 3_000, read: 110, written: 14 })).toEqual({ at: 3_000, read: 50, written: 5 });
});

test('a counter that began anew gives no negative rate', () => {
  expect(rate({ at: 0, read: 500, written: 9 }, { at: 1_000, read: 20, written: 0 })).toEqual({ at: 1_000, read: 20, written: 0 });
});

test('two readings at the same time do not divide by zero', () => {
  expect(Number.isFinite(rate({ at: 5, read: 0, written: 0 }, { at: 5, read: 1, written: 1 }).read)).toBe(true);
});

test('only the last sixty are kept', () => {
  const all = Array.from({ length: 70 }, (_, at) => ({ at, read: 0, written: 0 })).reduce(keep, []);
  expect([all.length, all[0]!.at, all.at(-1)!.at]).toEqual([60, 10, 69]);
});
