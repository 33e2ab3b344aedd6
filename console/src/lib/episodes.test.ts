import { expect, test } from 'vitest';
import { grouped } from './episodes';

const event = (seq: number, session: string, position: number) => ({ seq, user: 'ann', agent: '', run: '', session, position });
const episode = (id: number, session: string, first: number, last: number) => ({ id, user: 'ann', agent: '', run: '', session, first, last });
const shown = (groups: ReturnType<typeof grouped>) => groups.map((group) => [group.episode?.id ?? null, group.events.map((one) => one.seq)]);

test('events of an episode are together, and those of none stand alone', () => {
  const events = [event(1, 'a', 0), event(2, 'a', 1), event(3, 'a', 2), event(4, 'b', 0)];
  expect(shown(grouped(events, [episode(7, 'a', 0, 1), episode(8, 'a', 2, 2)]))).toEqual([[7, [1, 2]], [8, [3]], [null, [4]]]);
});

test('an episode that another conversation interrupts goes on after it', () => {
  const events = [event(1, 'a', 0), event(2, 'b', 0), event(3, 'a', 1)];
  expect(shown(grouped(events, [episode(7, 'a', 0, 1), episode(9, 'b', 0, 0)]))).toEqual([[7, [1]], [9, [2]], [7, [3]]]);
});

test('conversations of the same name of another agent are others', () => {
  const events = [event(1, 'a', 0), { ...event(2, 'a', 0), agent: 'bot' }];
  expect(shown(grouped(events, [episode(7, 'a', 0, 5)]))).toEqual([[7, [1]], [null, [2]]]);
});

test('without episodes events are grouped by conversation, and without events nothing is', () => {
  expect(shown(grouped([event(1, 'a', 0), event(2, 'a', 1), event(3, 'b', 0)], []))).toEqual([[null, [1, 2]], [null, [3]]]);
  expect(grouped([], [episode(1, 'a', 0, 1)])).toEqual([]);
});
