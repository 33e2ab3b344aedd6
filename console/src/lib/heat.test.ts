import { expect, test } from 'vitest';
import { answerWords, warm } from './heat';

test('the pieces of a part are the whole part, and the hottest has heat one', () => {
  const text = 'user: the red boat sank';
  const found = warm(text, { start: 6, end: 23 }, [
    { start: 0, end: 5, value: 0.9 },
    { start: 4, end: 9, value: 0.1 },
    { start: 9, end: 13, value: 0.2 },
    { start: 18, end: 23, value: 0.05 },
  ]);
  expect(found.map((one) => one.text).join('')).toBe('the red boat sank');
  expect(found.map((one) => one.heat)).toEqual([0.5, 1, null, 0.25]);
  expect(found[0]).toEqual({ start: 6, end: 9, text: 'the', heat: 0.5, value: 0.1 });
});

test('spans that overlap cover each character once', () => {
  const found = warm('añb', { start: 0, end: 3 }, [
    { start: 0, end: 1, value: 1 },
    { start: 1, end: 2, value: 2 },
    { start: 1, end: 2, value: 3 },
    { start: 2, end: 3, value: null },
  ]);
  expect(found.map((one) => one.text)).toEqual(['a', 'ñ', 'b']);
  expect(found[2]!.heat).toBeNull();
});

test('where nothing was measured nothing is hot', () => {
  expect(warm('abc', { start: 0, end: 3 }, [{ start: 0, end: 3, value: 0 }])[0]!.heat).toBe(0);
  expect(warm('abc', { start: 0, end: 3 }, [])).toEqual([{ start: 0, end: 3, text: 'abc', heat: null, value: 0 }]);
});

test('tokens of a word are one, with the mean of their shares', () => {
  const words = answerWords('a cat sat', [
    { start: 0, end: 1, shares: [1, 0] },
    { start: 1, end: 3, shares: [0.5, 0.25] },
    { start: 3, end: 5, shares: [0.25, 0.75] },
    { start: 5, end: 9, shares: [0, 1] },
  ]);
  expect(words.map((word) => word.text)).toEqual(['a', ' cat', ' sat']);
  expect(words[1]!.shares).toEqual([0.375, 0.5]);
});

test('tokens that are single letters are words too', () => {
  const letters = [...'hi you'].map((_, start) => ({ start, end: start + 1, shares: [start] }));
  expect(answerWords('hi you', letters).map((word) => word.text)).toEqual(['hi', ' you']);
});
