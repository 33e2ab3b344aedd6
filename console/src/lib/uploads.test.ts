import { expect, test } from 'vitest';
import type { Doc } from '../api/types';
import { filesOf, fraction, stateOf, totals, type Upload } from './uploads';

const upload = (state: Upload['state'], bytes = 100): Upload => ({ id: 1, name: 'a', bytes, state });
const document = (status: string, more: Partial<Doc> = {}) => ({ file_id: 'file-1', status, failure: null, progress: null, ...more }) as Doc;

test('a file moves forward from waiting to its end', () => {
  const way = [
    upload({ kind: 'waiting' }),
    upload({ kind: 'sending', sentBytes: 50 }),
    upload({ kind: 'sending', sentBytes: 100 }),
    upload({ kind: 'reading', fileId: 'f', progress: { chunks_done: 1, chunks_total: 2 } as Doc['progress'] }),
    upload({ kind: 'done', fileId: 'f', unchanged: false }),
  ].map(fraction);
  expect(way).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(fraction(upload({ kind: 'sending', sentBytes: 0 }, 0))).toBe(0.5);
});

test('the server says how it went on', () => {
  expect(stateOf(document('in_progress')).kind).toBe('reading');
  expect(stateOf(document('completed')).kind).toBe('done');
  expect(stateOf(document('cancelled')).kind).toBe('cancelled');
  const failed = stateOf(document('failed', { failure: { code: 'unreadable', message: 'It is encrypted.' } }));
  expect(failed).toEqual({ kind: 'failed', reason: 'It is encrypted.', fileId: 'file-1' });
});

test('totals count ends apart from successes', () => {
  const all = [upload({ kind: 'done', fileId: 'f', unchanged: true }), upload({ kind: 'failed', reason: 'x', fileId: null }), upload({ kind: 'waiting' })];
  expect(totals(all)).toEqual({ total: 3, done: 1, failed: 1, ended: 2, fraction: 2 / 3 });
  expect(totals([]).fraction).toBe(0);
});

test('a dropped folder is walked to its end, without what systems leave there', async () => {
  const file = (name: string, folder = '') => ({ isFile: true, name, fullPath: `/${folder}${name}`, file: (give: (file: File) => void) => give(new File(['x'], name)) });
  const many = Array.from({ length: 250 }, (_, index) => file(`${index}.txt`, 'docs/'));
  const folder = {
    isFile: false,
    name: 'docs',
    createReader: () => {
      let at = 0;
      return { readEntries: (give: (some: unknown[]) => void) => give(many.slice(at, (at += 100))) };
    },
  };
  const items = [folder, file('.DS_Store'), file('a.md')].map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry }));
  const found = await filesOf(items as unknown as DataTransferItemList);
  expect(found).toHaveLength(251);
  expect(found[0]!.path).toBe('docs/0.txt');
  expect(found.at(-1)!.path).toBe('a.md');
});
