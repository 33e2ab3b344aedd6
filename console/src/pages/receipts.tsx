import { useInfiniteQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Receipt } from '../api/types';
import { Actor } from '../kit/actor';
import { Button, Empty, Loaded, Page, Time } from '../kit/kit';
import { Removed } from '../kit/receipt-view';
import { text } from '../text';

const t = text.receipts;

export default function Receipts() {
  const receipts = useInfiniteQuery({
    queryKey: ['receipts'],
    queryFn: ({ pageParam }) => get('/api/receipts', { query: { limit: 50, after: pageParam || undefined } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <Page title={t.title} about={t.about}>
      <Loaded query={receipts}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.items as unknown as Receipt[]);
          return all.length === 0 ? (
            <div className="card"><Empty icon="receipt" title={t.empty}>{t.emptyHow}</Empty></div>
          ) : (
            <div className="card table-wrap">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{t.subject}</th>
                    <th scope="col">{t.removed}</th>
                    <th scope="col">{text.common.status}</th>
                    <th scope="col">{t.by}</th>
                    <th scope="col">{t.when}</th>
                  </tr>
                </thead>
                <tbody>
                  {all.map((receipt) => (
                    <tr key={receipt.id}>
                      <td className="mono break">{receipt.subject}</td>
                      <td><Removed removed={receipt.removed} /></td>
                      <td><span className={`pill ${receipt.verified_absent ? 'ok' : 'warn'}`} title={receipt.verified_absent ? t.verifiedHow : t.unverifiedHow}>{receipt.verified_absent ? t.verified : t.unverified}</span></td>
                      <td><Actor id={receipt.deleted_by} /></td>
                      <td><Time at={receipt.deleted_at} /></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          );
        }}
      </Loaded>
      {receipts.hasNextPage && <div><Button busy={receipts.isFetchingNextPage} onClick={() => void receipts.fetchNextPage()}>{text.common.loadMore}</Button></div>}
    </Page>
  );
}
