import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { del, get, post } from '../api/client';
import { Bar, Button, Failed, Field, Input, Time } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { bytes, sentence } from '../lib/format';
import { text } from '../text';
import type { Pull } from './types';

const t = text.models;
const BUSY_MS = 500;
const CALM_MS = 10_000;

const runs = (pull: Pull) => pull.state === 'waiting' || pull.state === 'running';

/** Fetches models from the hub, and shows how far they have come. */
export function Pulls() {
  const client = useQueryClient();
  const toast = useToast();
  const [name, setName] = useState('');
  const pulls = useQuery({
    queryKey: ['pulls'],
    queryFn: async () => (await get('/api/engine/pulls')) as unknown as { hub: string; items: Pull[] },
    refetchInterval: (query) => (query.state.data?.items.some(runs) ? BUSY_MS : CALM_MS),
  });
  const start = useMutation({
    mutationFn: (model: string) => post('/api/engine/pulls', { body: { model } }),
    onSuccess: () => {
      setName('');
      return pulls.refetch();
    },
  });
  const cancel = useMutation({
    mutationFn: (model: string) => del('/api/engine/pulls', { query: { model } }),
    onSuccess: () => pulls.refetch(),
    onError: (failure) => toast('bad', failure.message),
  });
  const items = pulls.data?.items ?? [];
  // What has come is listed above as soon as it is there.
  const running = items.filter(runs).length;
  const before = useRef(running);
  useEffect(() => {
    if (running < before.current) void client.invalidateQueries({ queryKey: ['engine'] });
    before.current = running;
  }, [running, client]);
  return (
    <section className="card pad stack" aria-label={t.fetch}>
      <div>
        <h2>{t.fetch}</h2>
        <p className="small muted break">{t.fetchHow(pulls.data?.hub ?? '…')}</p>
      </div>
      <form
        className="row"
        style={{ alignItems: 'flex-end' }}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) start.mutate(name.trim());
        }}
      >
        <div className="grow">
          <Field label={t.name} hint={t.nameHint}>
            <Input value={name} required autoComplete="off" spellCheck={false} placeholder="Qwen/Qwen3-0.6B-GGUF:Q8_0" onChange={(event) => setName(event.target.value)} />
          </Field>
        </div>
        <Button type="submit" icon="download" busy={start.isPending} style={{ marginBottom: 22 }}>{t.fetchButton}</Button>
      </form>
      {start.error ? <Failed error={start.error} /> : null}
      {pulls.error ? <Failed error={pulls.error} retry={() => void pulls.refetch()} /> : null}
      {items.length > 0 && (
        <ul className="stack tight" aria-label={t.fetched}>
          {items.map((pull) => (
            <li key={pull.model} className="pull">
              <div className="row between">
                <strong className="break">{pull.model}</strong>
                <span className="row">
                  <span className="small muted">{runs(pull) ? null : <Time at={pull.ended_at ?? pull.started_at} />}</span>
                  <span className={`pill ${pull.state === 'done' ? 'ok' : pull.state === 'failed' ? 'bad' : runs(pull) ? 'busy' : ''}`}>{t.pullStates[pull.state]}</span>
                  {runs(pull) && <Button small icon="close" busy={cancel.isPending} onClick={() => cancel.mutate(pull.model)}>{t.stop}</Button>}
                </span>
              </div>
              {runs(pull) && (
                <>
                  <Bar value={pull.total_bytes > 0 ? pull.done_bytes / pull.total_bytes : 0} label={t.progressOf(pull.model)} />
                  <span className="small muted">{pull.total_bytes > 0 ? `${text.common.of(bytes(pull.done_bytes), bytes(pull.total_bytes))}${pull.file ? ` · ${pull.file}` : ''}` : t.asking}</span>
                </>
              )}
              {pull.failure && <span className="small" style={{ color: 'var(--danger)' }}>{sentence(pull.failure)}</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
