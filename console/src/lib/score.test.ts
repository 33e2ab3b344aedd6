import { expect, test } from 'vitest';
import { plain, shares } from './score';

const leaf = (label: string, value: number) => ({ label, value, parts: [] });

test('parts that add up are shown by size', () => {
  const cut = shares({ label: 'score', value: 0.5, parts: [leaf('words', 0.1), leaf('vectors', 0.4)] });
  expect(cut.map((share) => [share.label, share.share])).toEqual([
    ['vectors', 0.8],
    ['words', 0.2],
  ]);
});

test('a single part is looked into', () => {
  const cut = shares({ label: 'score', value: 3, parts: [{ label: 'bm25', value: 3, parts: [leaf('leave', 2), leaf('parental', 1)] }] });
  expect(cut.map((share) => share.label)).toEqual(['leave', 'parental']);
});

test('parts that are no sum are not shown as one', () => {
  const cut = shares({ label: 'score', value: 3, parts: [leaf('idf', 2), leaf('tf', 1.5)] });
  expect(cut).toEqual([{ label: 'score', value: 3, share: 1 }]);
});

test('nothing comes of nothing', () => {
  expect(shares(null)).toEqual([]);
  expect(shares(leaf('score', 0))).toEqual([]);
});

test('a word stands as it was asked for', () => {
  expect(plain('text: leave (as leav)')).toBe('text: leave');
  expect(plain('title: Leave (as leav) (part of parentalleave)')).toBe('title: Leave (part of parentalleave)');
  expect(plain('text: holidai (feedback)')).toBe('text: holidai (feedback)');
});
