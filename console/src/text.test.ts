import { expect, test } from 'vitest';
import { text } from './text';

test('one is said otherwise than several', () => {
  expect([0, 1, 2].map((n) => text.receipts.went('episodes', n))).toEqual(['0 episodes', '1 episode', '2 episodes']);
  expect([1, 2].map((n) => text.receipts.went('evidence', n))).toEqual(['1 piece of evidence', '2 pieces of evidence']);
  expect(text.receipts.went('index_entries', 1)).toBe('1 index entry');
  expect(text.receipts.went('something_new', 3)).toBe('3 something new');
  expect(text.memory.difference(1, 0)).toBe('1 event came, 0 went.');
  expect(text.memory.wouldGo(1, 2)).toBe('1 event and 2 claims would go.');
  expect(text.uploads.title(1, 1)).toBe('1 of 1 file is in');
  expect(text.uploads.title(1, 1200)).toMatch(/^1 of 1.?200 files are in$/);
});
