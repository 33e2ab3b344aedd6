import { expect, test } from 'vitest';
import { asked } from './asked';

test('what was asked to go is said in words', () => {
  expect(asked({ session: 'first talk' })).toBe('Conversation “first talk”');
  expect(asked({ events: [7] })).toBe('1 event');
  expect(asked({ everything: true })).toBe('Everything of this user');
});

test('a receipt says as much as it knows', () => {
  expect(asked('session')).toBe('A conversation');
  expect(asked('1 events')).toBe('1 event');
  expect(asked('user')).toBe('Everything of this user');
  expect(asked('source assistant')).toBe('What was said by: assistant');
  expect(asked('from 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z')).toMatch(/^What happened from .*2024.* to .*2024/);
  expect(asked('from here to there')).toBe('from here to there');
});
