import { expect, test } from 'vitest';
import { EventReader } from './events';

const stream = 'event: text\ndata: {"delta":"a"}\n\n: beat\n\nevent: answer\r\ndata: one\r\ndata: two\r\n\r\n';

test('events come whole, wherever the stream is cut', () => {
  for (let size = 1; size <= stream.length; size++) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...reader.push(stream.slice(at, at + size)));
    expect(events, `pieces of ${size}`).toEqual([
      { name: 'text', data: '{"delta":"a"}' },
      { name: 'answer', data: 'one\ntwo' },
    ]);
  }
});

test('an unfinished event is none', () => {
  expect(new EventReader().push('data: x\n')).toEqual([]);
});
