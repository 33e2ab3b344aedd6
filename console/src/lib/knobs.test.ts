import { expect, test } from 'vitest';
import { askBody, DEFAULTS, searchBody } from './knobs';

test('what is not turned is not said', () => {
  expect(searchBody('a', DEFAULTS)).toEqual({ query: 'a', limit: 10, explain: true });
  expect(askBody('a', 'vs_1', DEFAULTS)).toEqual({ question: 'a', collections: ['vs_1'] });
});

test('weights of words and vectors add up', () => {
  const body = searchBody('a', { ...DEFAULTS, vectors: '0.7', fusion: 'rrf', hops: '2', build: '3', limit: '5' });
  expect(body).toEqual({ query: 'a', limit: 5, explain: true, embedding_weight: 0.7, text_weight: 0.3, fusion: 'rrf', hops: 2, build: 3 });
});

test('questions are asked as the API spells it', () => {
  const body = askBody('a', 'vs_1', { ...DEFAULTS, budget: '500', packing: 'EDGES', mode: 'EXTRACTIVE', unsupported: 'DROP', widen: 'PARENTS' });
  expect(body).toMatchObject({ budget_tokens: 500, packing: 'edges', mode: 'extractive', unsupported_sentences: 'drop', widen: 'parents' });
});
