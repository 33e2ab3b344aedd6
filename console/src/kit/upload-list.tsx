import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { bytes, count } from '../lib/format';
import { fraction, totals, type Upload } from '../lib/uploads';
import { text } from '../text';
import { useUploads } from '../uploads';
import { Bar, Button, Status } from './kit';

const t = text.uploads;
const ROW = 38;
const FAILED_ROW = 62;

export function UploadList({ collection }: { collection: string }) {
  const uploads = useUploads();
  const all = uploads.of(collection);
  const scroll = useRef<HTMLDivElement>(null);
  const failed = all.filter((upload) => upload.state.kind === 'failed');
  // Whoever waits for hundreds of files wants to see first what went wrong, then what happens now.
  const shown = [...failed, ...all.filter((one) => one.state.kind === 'sending' || one.state.kind === 'reading'), ...all.filter((one) => one.state.kind === 'waiting'), ...all.filter((one) => one.state.kind === 'done' || one.state.kind === 'cancelled')];
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => scroll.current, estimateSize: (index) => (shown[index]!.state.kind === 'failed' ? FAILED_ROW : ROW), overscan: 8, getItemKey: (index) => shown[index]!.id });
  if (all.length === 0) return null;
  const sum = totals(all);
  const over = sum.ended === sum.total;
  return (
    <section className="card" aria-label={t.list}>
      <div className="pane-head">
        <strong role="status">
          {t.title(sum.done, sum.total)}
          {sum.failed > 0 && <span className="muted"> · {t.failed(count(sum.failed))}</span>}
        </strong>
        <div className="row">
          {failed.length > 0 && (
            <Button small icon="retry" onClick={() => uploads.retry(failed.map((one) => one.id))}>
              {t.retryFailed}
            </Button>
          )}
          {over ? (
            <Button small icon="close" onClick={() => uploads.clear(collection)}>
              {t.clear}
            </Button>
          ) : (
            <Button small icon="close" onClick={() => uploads.cancel(collection)}>
              {t.cancel}
            </Button>
          )}
        </div>
      </div>
      <div style={{ padding: '10px 16px' }}>
        <Bar value={sum.fraction} label={t.overall} />
      </div>
      <div className="upload-list" ref={scroll} tabIndex={0} role="group" aria-label={t.list}>
        <ul style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((row) => (
            <Row key={row.key} upload={shown[row.index]!} top={row.start} height={row.size} onRetry={(id) => uploads.retry([id])} />
          ))}
        </ul>
      </div>
    </section>
  );
}

function Row({ upload, top, height, onRetry }: { upload: Upload; top: number; height: number; onRetry: (id: number) => void }) {
  const state = upload.state;
  return (
    <li style={{ position: 'absolute', left: 0, right: 0, top, height }}>
      <span className="ellipsis" title={upload.name}>
        {upload.name} <span className="small muted">{bytes(upload.bytes)}</span>
      </span>
      <Bar value={fraction(upload)} label={upload.name} />
      {state.kind === 'failed' ? (
        <Button small icon="retry" onClick={() => onRetry(upload.id)}>
          {t.retry}
        </Button>
      ) : state.kind === 'done' && state.unchanged ? (
        <span className="small muted">{t.unchanged}</span>
      ) : (
        <Status value={state.kind} />
      )}
      {state.kind === 'failed' && <span className="reason ellipsis" title={state.reason}>{state.reason}</span>}
    </li>
  );
}
