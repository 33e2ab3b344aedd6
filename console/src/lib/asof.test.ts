import { expect, test } from 'vitest';
import { atStep, knownTimes, validTimes } from './asof';

const fact = (valid_from: string | null, valid_to: string | null, known_from: string, known_to: string | null) => ({ valid_from, valid_to, known_from, known_to, event_at: '2024-01-05T00:00:00Z' });

test('each time at which something changes is a step, once and in order', () => {
  const facts = [fact('2024-02-01T00:00:00Z', null, '2024-03-01T00:00:00Z', '2024-03-02T00:00:00Z'), fact(null, '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z', null)];
  expect(knownTimes(facts, '2025-01-01T00:00:00Z')).toEqual(['2024-03-01T00:00:00Z', '2024-03-02T00:00:00Z']);
  expect(validTimes(facts)).toEqual(['2024-01-05T00:00:00Z', '2024-02-01T00:00:00Z']);
});

test('nothing is known after now', () => {
  expect(knownTimes([fact(null, null, '2024-03-01T00:00:00Z', '2030-01-01T00:00:00Z')], '2024-04-01T00:00:00Z')).toEqual(['2024-03-01T00:00:00Z']);
});

test('fractions of a second are ordered as times, not as texts', () => {
  const facts = [fact(null, null, '2024-03-01T00:00:00.5Z', null), fact(null, null, '2024-03-01T00:00:00Z', null)];
  expect(knownTimes(facts, '2025-01-01T00:00:00Z')).toEqual(['2024-03-01T00:00:00Z', '2024-03-01T00:00:00.5Z']);
});

test('the last place of a slider is now', () => {
  expect(atStep(['a', 'b'], 1)).toBe('b');
  expect(atStep(['a', 'b'], 2)).toBeNull();
  expect(atStep([], 0)).toBeNull();
});
