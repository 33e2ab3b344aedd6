import { expect, test } from 'vitest';
import type { Citation } from '../api/types';
import { sentences } from './sentences';

const cited = (start: number, end: number) => ({ answer_span: { start, end } }) as Citation;

test('each sentence knows its sources', () => {
  const cut = sentences({ text: 'One. Two. Three.', citations: [cited(0, 4), cited(5, 9), cited(5, 9)], unsupported: [{ start: 10, end: 16 }] });
  expect(cut.filter((one) => one.text.trim())).toEqual([
    { text: 'One.', citations: [0], unsupported: false },
    { text: 'Two.', citations: [1, 2], unsupported: false },
    { text: 'Three.', citations: [], unsupported: true },
  ]);
});
