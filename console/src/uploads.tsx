import { useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { address, get, post, upload as send } from './api/client';
import type { Doc, Upserted } from './api/types';
import { isEnded, stateOf, type Upload, type UploadState } from './lib/uploads';

// Uploads outlive the page that began them: they go on while somebody looks around.

const AT_ONCE = 4;
const LOOK_EVERY_MS = 1200;
/** So many documents are asked for by name in one look; the rest wait for the next. */
const LOOKED_AT = 24;

interface Entry extends Upload {
  collection: string;
  file: File;
  abort: AbortController;
}

interface Uploads {
  of: (collection: string) => Upload[];
  add: (collection: string, files: { path: string; file: File }[]) => void;
  retry: (ids: number[]) => void;
  cancel: (collection: string) => void;
  clear: (collection: string) => void;
}

const Context = createContext<Uploads | null>(null);
export const useUploads = () => useContext(Context)!;

export function UploadsProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const entries = useRef<Entry[]>([]);
  const next = useRef(1);
  const running = useRef(0);
  const [version, setVersion] = useState(0);
  const scheduled = useRef(false);

  // Hundreds of files report progress: the page is drawn at most once a frame for all of them.
  const redraw = useCallback(() => {
    if (scheduled.current) return;
    scheduled.current = true;
    requestAnimationFrame(() => {
      scheduled.current = false;
      setVersion((one) => one + 1);
    });
  }, []);

  const change = useCallback(
    (id: number, state: UploadState) => {
      entries.current = entries.current.map((entry) => (entry.id === id ? { ...entry, state } : entry));
      redraw();
    },
    [redraw],
  );

  const refresh = useCallback(
    (collection: string) => {
      void client.invalidateQueries({ queryKey: ['documents', collection] });
      void client.invalidateQueries({ queryKey: ['collection', collection] });
      void client.invalidateQueries({ queryKey: ['collections'] });
    },
    [client],
  );

  const pump = useCallback(() => {
    while (running.current < AT_ONCE) {
      const entry = entries.current.find((one) => one.state.kind === 'waiting');
      if (!entry) return;
      running.current++;
      change(entry.id, { kind: 'sending', sentBytes: 0 });
      const url = address('/api/collections/{collection}/documents/{key}', { path: { collection: entry.collection, key: 'by-key' }, query: { key: entry.name } });
      send<Upserted>('PUT', url, entry.file, entry.file.type || 'application/octet-stream', {
        signal: entry.abort.signal,
        onProgress: (sentBytes) => change(entry.id, { kind: 'sending', sentBytes }),
      })
        .then(({ document, result }) => {
          const state = stateOf(document);
          change(entry.id, state.kind === 'done' ? { ...state, unchanged: result === 'unchanged' } : state);
        })
        .catch((failure: unknown) => {
          const aborted = failure instanceof DOMException;
          change(entry.id, aborted ? { kind: 'cancelled' } : { kind: 'failed', reason: (failure as Error).message, fileId: null });
        })
        .finally(() => {
          running.current--;
          pump();
        });
    }
  }, [change]);

  useEffect(() => {
    const timer = setInterval(() => {
      const reading = entries.current.filter((one) => one.state.kind === 'reading').slice(0, LOOKED_AT);
      if (reading.length === 0) return;
      void Promise.all(
        reading.map(async (entry) => {
          if (entry.state.kind !== 'reading') return;
          try {
            const document = (await get('/api/collections/{collection}/documents/{file}', { path: { collection: entry.collection, file: entry.state.fileId } })) as unknown as Doc;
            change(entry.id, stateOf(document));
          } catch (failure) {
            if ((failure as { status?: number }).status === 404) change(entry.id, { kind: 'cancelled' });
          }
        }),
      ).then(() => new Set(reading.map((one) => one.collection)).forEach(refresh));
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [change, refresh]);

  const uploads = useMemo<Uploads>(
    () => ({
      of: (collection) => (version >= 0 ? entries.current.filter((one) => one.collection === collection) : []),
      add: (collection, files) => {
        const added = files.map(({ path, file }) => ({ id: next.current++, collection, name: path, bytes: file.size, file, abort: new AbortController(), state: { kind: 'waiting' } as const }));
        entries.current = [...entries.current, ...added];
        redraw();
        pump();
      },
      retry: (ids) => {
        for (const entry of entries.current) {
          if (!ids.includes(entry.id) || entry.state.kind !== 'failed') continue;
          if (entry.state.fileId) {
            const fileId = entry.state.fileId;
            change(entry.id, { kind: 'reading', fileId, progress: null });
            post('/api/collections/{collection}/documents/{file}/retry', { path: { collection: entry.collection, file: fileId } }).catch((failure: Error) => change(entry.id, { kind: 'failed', reason: failure.message, fileId }));
          } else {
            change(entry.id, { kind: 'waiting' });
          }
        }
        pump();
      },
      cancel: (collection) => {
        for (const entry of entries.current) {
          if (entry.collection !== collection) continue;
          if (entry.state.kind === 'waiting') change(entry.id, { kind: 'cancelled' });
          if (entry.state.kind === 'sending') entry.abort.abort();
        }
      },
      clear: (collection) => {
        entries.current = entries.current.filter((one) => one.collection !== collection || !isEnded(one));
        redraw();
      },
    }),
    [version, redraw, pump, change],
  );
  return <Context.Provider value={uploads}>{children}</Context.Provider>;
}
