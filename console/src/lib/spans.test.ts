import { describe, expect, test } from 'vitest';
import { excerpt, pieces } from './spans';

describe('pieces', () => {
  test('of a text without spans are the text', () => {
    expect(pieces('abc', [])).toEqual([{ start: 0, end: 3, text: 'abc', covers: [] }]);
    expect(pieces('', [{ start: 0, end: 4 }])).toEqual([]);
  });

  test('tell where spans overlap', () => {
    const cut = pieces('abcdef', [{ start: 1, end: 4 }, { start: 3, end: 6 }]);
    expect(cut.map((piece) => [piece.text, piece.covers])).toEqual([
      ['a', []],
      ['bc', [0]],
      ['d', [0, 1]],
      ['ef', [1]],
    ]);
  });

  test('clip what lies outside and move by the offset', () => {
    const cut = pieces('cdef', [{ start: 0, end: 3 }, { start: 5, end: 99 }, { start: 4, end: 4 }], 2);
    expect(cut.map((piece) => [piece.text, piece.covers])).toEqual([
      ['c', [0]],
      ['de', []],
      ['f', [1]],
    ]);
  });

  test('always add up to the text, and cover exactly the spans', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 100_000);
    let state = seed;
    const random = (below: number) => (state = (state * 48271 + 11) % 2147483647) % below;
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: random(40) }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
      const spans = Array.from({ length: random(6) }, () => {
        const start = random(45) - 2;
        return { start, end: start + random(12) };
      });
      const cut = pieces(text, spans);
      expect(cut.map((piece) => piece.text).join(''), `SEED=${seed} round ${round}`).toBe(text);
      spans.forEach((span, at) => {
        const covered = cut.filter((piece) => piece.covers.includes(at)).map((piece) => piece.text).join('');
        expect(covered, `SEED=${seed} round ${round}`).toBe(text.slice(Math.max(0, span.start), Math.max(0, span.end)));
      });
    }
  });
});

describe('excerpt', () => {
  test('is cut at blanks and says what it leaves out', () => {
    const text = 'one two three four five six';
    expect(excerpt(text, { start: 8, end: 13 }, 6)).toEqual({ text: 'two three four', start: 4, before: true, after: true });
    expect(excerpt(text, { start: 0, end: 3 }, 100)).toEqual({ text, start: 0, before: false, after: false });
  });
});
