import { expect, test } from 'vitest';
import { fading, retentionAfter, sizes } from './decay';

const one = { level: 'episode', state: 'full', retention: 1, recalls: 0 };

test('after its strength in days 1/e is left, and recalls make it last longer', () => {
  expect(retentionAfter(one, 7, 7)).toBeCloseTo(1 / Math.E, 12);
  expect(retentionAfter({ ...one, recalls: 1 }, 14, 7)).toBeCloseTo(1 / Math.E, 12);
});

test('what fades goes on from where it is: two steps are one long one', () => {
  const later = retentionAfter(one, 3, 7);
  expect(retentionAfter({ ...one, retention: later }, 4, 7)).toBeCloseTo(retentionAfter(one, 7, 7), 12);
});

test('what was dropped counts no more, and an empty level has no curve', () => {
  const all = [one, { ...one, state: 'dropped', retention: 0 }];
  expect(fading(all, 'episode', [0], 7)).toEqual([1]);
  expect(fading(all, 'topic', [0, 1], 7)).toEqual([null, null]);
});

test('sizes add up day by day, with days on which nothing happened', () => {
  const found = sizes([{ day: '2024-03-01', level: 'turn', bytes: 5 }, { day: '2024-03-03', level: 'turn', bytes: 2 }, { day: '2024-03-03', level: 'episode', bytes: 9 }, { day: '2024-03-03', level: 'episode', bytes: -4 }], ['turn', 'episode'], 90);
  expect(found.days).toEqual(['2024-03-01', '2024-03-02', '2024-03-03']);
  expect(found.of).toEqual({ turn: [5, 5, 7], episode: [0, 0, 5] });
});

test('of many days the latest are shown, with all that came before in their sums', () => {
  const found = sizes([{ day: '2024-01-01', level: 'turn', bytes: 5 }, { day: '2024-12-31', level: 'turn', bytes: 1 }], ['turn'], 2);
  expect(found).toEqual({ days: ['2024-12-30', '2024-12-31'], of: { turn: [5, 6] } });
  expect(sizes([], ['turn'], 2)).toEqual({ days: [], of: { turn: [] } });
});
