import { expect, test } from 'vitest';
import { ago, bytes, duration, sentence, shortId, toDate } from './format';

test('sizes are in tens', () => {
  expect([0, 999, 1000, 123_456, 5_000_000_000].map(bytes)).toEqual(['0 B', '999 B', '1.0 KB', '123 KB', '5.0 GB']);
});

test('durations are as exact as one reads them', () => {
  expect([0.2, 4.25, 120, 1500, 12_000, 61_000].map(duration)).toEqual(['<1 ms', '4.3 ms', '120 ms', '1.5 s', '12 s', '1 min 1 s']);
});

test('both kinds of time are the same moment', () => {
  expect(toDate(1_700_000_000).toISOString()).toBe('2023-11-14T22:13:20.000Z');
  expect(toDate('2023-11-14T22:13:20Z').getTime()).toBe(1_700_000_000_000);
  expect(ago(1_700_000_000, 1_700_000_000_000 + 3 * 3600_000)).toMatch(/3/);
});

test('a note is a sentence', () => {
  expect(sentence('vector search is off: no embedding model is configured')).toBe('Vector search is off: no embedding model is configured.');
  expect(sentence('It is done.')).toBe('It is done.');
  expect(sentence('')).toBe('.');
});

test('an id is known by its ends', () => {
  expect(shortId('key_8109711dbf9541bab48f86075992e153')).toBe('key_8109…e153');
  expect(shortId('system')).toBe('system');
});
