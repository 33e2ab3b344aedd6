import type { Receipt } from '../api/types';
import { dateTime } from '../lib/format';
import { text } from '../text';

const t = text.receipts;

export function Removed({ removed }: { removed: Record<string, number> }) {
  const parts = Object.entries(removed).filter(([, number]) => number > 0);
  return <>{parts.length === 0 ? text.common.none : parts.map(([what, number]) => t.went(what, number)).join(', ')}</>;
}

export function ReceiptView({ receipt }: { receipt: Receipt }) {
  return (
    <dl className="facts">
      <dt>{t.subject}</dt>
      <dd className="mono">{receipt.subject}</dd>
      <dt>{t.removed}</dt>
      <dd>
        <Removed removed={receipt.removed} />
      </dd>
      <dt>{text.common.status}</dt>
      <dd>
        <span className={`pill ${receipt.verified_absent ? 'ok' : 'warn'}`}>{receipt.verified_absent ? t.verified : t.unverified}</span>
        <div className="small muted">{receipt.verified_absent ? t.verifiedHow : t.unverifiedHow}</div>
      </dd>
      <dt>{t.when}</dt>
      <dd>{dateTime(receipt.deleted_at)}</dd>
      <dt>{t.id}</dt>
      <dd className="mono">{receipt.id}</dd>
    </dl>
  );
}
