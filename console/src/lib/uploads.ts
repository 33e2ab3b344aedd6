import type { Doc } from '../api/types';

/** How far one of the dropped files has come. */
export type UploadState =
  | { kind: 'waiting' }
  | { kind: 'sending'; sentBytes: number }
  | { kind: 'reading'; fileId: string; progress: Doc['progress'] }
  | { kind: 'done'; fileId: string; unchanged: boolean }
  | { kind: 'failed'; reason: string; fileId: string | null }
  | { kind: 'cancelled' };

export interface Upload {
  id: number;
  /** Its path in the dropped folder, or its name: the document's key. */
  name: string;
  bytes: number;
  state: UploadState;
}

/** What a status of the server's means for an upload. */
export function stateOf(document: Doc): UploadState {
  switch (document.status.toLowerCase()) {
    case 'completed':
      return { kind: 'done', fileId: document.file_id, unchanged: false };
    case 'failed':
      return { kind: 'failed', reason: document.failure?.message ?? 'It could not be read.', fileId: document.file_id };
    case 'cancelled':
      return { kind: 'cancelled' };
    default:
      return { kind: 'reading', fileId: document.file_id, progress: document.progress };
  }
}

/** In [0, 1]. Sending is half of the way, for reading takes about as long. */
export function fraction(upload: Upload): number {
  switch (upload.state.kind) {
    case 'waiting':
      return 0;
    case 'sending':
      return upload.bytes === 0 ? 0.5 : 0.5 * Math.min(1, upload.state.sentBytes / upload.bytes);
    case 'reading': {
      const progress = upload.state.progress;
      const total = progress?.chunks_total ?? 0;
      return 0.5 + (total > 0 ? 0.5 * Math.min(1, (progress?.chunks_done ?? 0) / total) : 0);
    }
    case 'done':
    case 'failed':
    case 'cancelled':
      return 1;
  }
}

export interface Totals {
  total: number;
  done: number;
  failed: number;
  /** Ended, however. */
  ended: number;
  fraction: number;
}

export function totals(uploads: readonly Upload[]): Totals {
  let done = 0;
  let failed = 0;
  let ended = 0;
  let sum = 0;
  for (const upload of uploads) {
    if (upload.state.kind === 'done') done++;
    if (upload.state.kind === 'failed') failed++;
    if (isEnded(upload)) ended++;
    sum += fraction(upload);
  }
  return { total: uploads.length, done, failed, ended, fraction: uploads.length === 0 ? 0 : sum / uploads.length };
}

export function isEnded(upload: Upload): boolean {
  return upload.state.kind === 'done' || upload.state.kind === 'failed' || upload.state.kind === 'cancelled';
}

/** Files of a drop, folders walked to their ends, with their paths. */
export async function filesOf(items: DataTransferItemList): Promise<{ path: string; file: File }[]> {
  const found: { path: string; file: File }[] = [];
  const entries: FileSystemEntry[] = [];
  // All at once: the list is empty after the first wait.
  for (const item of items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file && !isHidden(file.name)) found.push({ path: file.name, file });
  }
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry: FileSystemEntry, found: { path: string; file: File }[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    if (!isHidden(entry.name)) found.push({ path: entry.fullPath.replace(/^\//, ''), file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives a hundred at a time, and nothing at its end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) if (!isHidden(one.name)) await walk(one, found);
  }
}

/** What operating systems leave in folders. */
function isHidden(name: string): boolean {
  return name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini';
}
