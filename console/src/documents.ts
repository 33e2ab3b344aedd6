import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { get } from './api/client';
import type { Doc } from './api/types';
import { mergeHead } from './lib/merge';

const PAGE = 100;
const BUSY_MS = 2_000;

/**
 * The documents of a collection, newest first, loaded as far as they are looked at. The first page
 * is kept fresh; a hundred thousand rows are not asked for again because one has changed.
 */
export function useDocuments(collection: string, status: string, busy: boolean) {
  const [items, setItems] = useState<Doc[]>([]);
  const cursor = useRef<string | null>(null);
  const known = useRef<Doc[]>([]);
  const loading = useRef(false);
  const wanted = useRef(0);
  const [error, setError] = useState<unknown>(null);

  const show = useCallback((documents: Doc[]) => {
    known.current = documents;
    setItems(documents);
  }, []);

  const page = useCallback(
    (after: string | null) =>
      get('/api/collections/{collection}/documents', { path: { collection }, query: { status: status || undefined, limit: PAGE, after: after ?? undefined } }) as unknown as Promise<{ items: Doc[]; has_more: boolean; next: string | null }>,
    [collection, status],
  );

  const head = useQuery({ queryKey: ['documents', collection, status], queryFn: () => page(null), refetchInterval: busy ? BUSY_MS : 15_000 });
  useEffect(() => {
    if (!head.data) return;
    const first = known.current.length <= head.data.items.length;
    const merged = mergeHead(known.current, head.data.items, !head.data.has_more, (one) => one.file_id);
    if (first || cursor.current === null) cursor.current = head.data.next;
    if (!head.data.has_more) cursor.current = null;
    show(merged);
  }, [head.data, show]);

  /** Loads on until there is this row, or no more. */
  const ensure = useCallback(
    (index: number) => {
      wanted.current = Math.max(wanted.current, index);
      if (loading.current) return;
      loading.current = true;
      void (async () => {
        try {
          while (cursor.current !== null && known.current.length <= wanted.current) {
            const more = await page(cursor.current);
            const there = new Set(known.current.map((one) => one.file_id));
            show([...known.current, ...more.items.filter((one) => !there.has(one.file_id))]);
            cursor.current = more.has_more ? more.next : null;
          }
          setError(null);
        } catch (failure) {
          setError(failure);
        } finally {
          loading.current = false;
        }
      })();
    },
    [page, show],
  );

  const forget = useCallback((fileId: string) => show(known.current.filter((one) => one.file_id !== fileId)), [show]);
  return { items, loaded: head.data !== undefined, error: head.error ?? error, refetch: head.refetch, ensure, forget, more: cursor.current !== null };
}
