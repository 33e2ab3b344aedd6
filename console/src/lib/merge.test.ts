import { expect, test } from 'vitest';
import { mergeHead } from './merge';

const id = (one: string) => one[0]!;

test('new ones come first and known ones are renewed', () => {
  expect(mergeHead(['b1', 'c1', 'd1'], ['a1', 'b2'], false, id)).toEqual(['a1', 'b2', 'c1', 'd1']);
});

test('what the page should hold and does not is gone', () => {
  expect(mergeHead(['a1', 'b1', 'c1', 'd1'], ['a1', 'c1'], false, id)).toEqual(['a1', 'c1', 'd1']);
});

test('what was pushed beyond the page stays', () => {
  expect(mergeHead(['c1', 'd1', 'e1'], ['a1', 'b1'], false, id)).toEqual(['a1', 'b1', 'c1', 'd1', 'e1']);
});

test('a whole page is the whole list', () => {
  expect(mergeHead(['a1', 'b1'], ['b2'], true, id)).toEqual(['b2']);
  expect(mergeHead(['a1'], [], true, id)).toEqual([]);
});
