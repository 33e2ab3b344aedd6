import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { get, Problem, problemOf, send } from '../api/client';
import type { Answer, Citation, SearchPage } from '../api/types';
import { readEvents } from '../lib/events';
import { percent, sentence } from '../lib/format';
import { sentences } from '../lib/sentences';
import { excerpt, pieces } from '../lib/spans';
import { text } from '../text';
import { Icon } from './icons';
import { Button, Failed, Loading, Note, Status } from './kit';

const t = text.playground;
const AROUND = 320;

export interface Asking {
  running: boolean;
  /** As far as it has come. */
  partial: string;
  passages: SearchPage | null;
  answer: Answer | null;
  error: unknown;
  start: (body: Record<string, unknown>) => void;
  stop: () => void;
}

/** One question at a time; a new one stops the one before. */
export function useAsk(): Asking {
  const [state, setState] = useState<Omit<Asking, 'start' | 'stop'>>({ running: false, partial: '', passages: null, answer: null, error: null });
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);

  const start = useCallback((body: Record<string, unknown>) => {
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    const update = (change: (before: Omit<Asking, 'start' | 'stop'>) => Omit<Asking, 'start' | 'stop'>) => {
      if (abort.current === mine) setState(change);
    };
    setState({ running: true, partial: '', passages: null, answer: null, error: null });
    void (async () => {
      try {
        const response = await send('POST', '/api/ask', { body: { ...body, stream: true }, signal: mine.signal });
        await readEvents(response, (event) => {
          const data: unknown = JSON.parse(event.data);
          if (event.name === 'passages') update((before) => ({ ...before, passages: data as SearchPage }));
          if (event.name === 'text') update((before) => ({ ...before, partial: before.partial + (data as { delta: string }).delta }));
          if (event.name === 'answer') update((before) => ({ ...before, answer: data as Answer }));
          if (event.name === 'error') update((before) => ({ ...before, error: problemOf((data as { status: number }).status, event.data, null) }));
        });
        update((before) => ({ ...before, running: false, error: before.error ?? (before.answer ? null : new Problem(0, 'broken_off', 'The answer broke off.', null)) }));
      } catch (failure) {
        const stopped = failure instanceof DOMException;
        update((before) => ({ ...before, running: false, error: stopped ? null : failure }));
      }
    })();
  }, []);

  const stop = useCallback(() => abort.current?.abort(), []);
  return { ...state, start, stop };
}

export function AnswerView({ ask }: { ask: Asking }) {
  const [chosen, setChosen] = useState<number | null>(null);
  useEffect(() => setChosen(null), [ask.answer]);
  const { answer } = ask;
  if (ask.error) return <Failed error={ask.error} />;
  if (!answer) {
    if (!ask.running) return null;
    return (
      <section className="card" aria-busy="true">
        <div className="pane-head">
          <span className="muted" role="status">{t.answering}</span>
          <Button small icon="close" onClick={ask.stop}>{t.stop}</Button>
        </div>
        <div className="answer">{ask.partial || <div className="skeleton" style={{ width: '62%' }} />}</div>
      </section>
    );
  }
  const citation = chosen === null ? null : answer.citations[chosen];
  return (
    <section className="card">
      <div className="pane-head">
        <div className="row">
          <Status value={answer.outcome} />
          <span className="small muted">
            {t.confidence(percent(answer.confidence))}
            {answer.model && ` · ${t.model(answer.model)}`}
            {answer.usage.prompt_tokens > 0 && ` · ${t.tokens(answer.usage.prompt_tokens, answer.usage.answer_tokens)}`}
          </span>
        </div>
      </div>
      <div className="answer" aria-live="polite">
        {answer.outcome === 'unsupported' && (
          <p>
            <strong>{t.noSource}</strong> {answer.missing.length > 0 && <span className="muted">{t.missing(answer.missing.join(', '))}</span>}
          </p>
        )}
        {sentences(answer).map((sentence, index) =>
          sentence.citations.length > 0 ? (
            <button key={index} type="button" className="cited" aria-pressed={chosen !== null && sentence.citations.includes(chosen)} onClick={() => setChosen(next(sentence.citations, chosen))}>
              {sentence.text}
              {sentence.citations.map((one) => (
                <sup key={one} aria-label={t.citation(one + 1)}>
                  {one + 1}
                </sup>
              ))}
            </button>
          ) : (
            <span key={index} className={sentence.unsupported ? 'unsupported' : ''}>
              {sentence.text}
            </span>
          ),
        )}
      </div>
      {(answer.unsupported.length > 0 || answer.dropped > 0 || answer.notes.length > 0) && (
        <div className="small muted" style={{ padding: '0 20px 14px' }}>
          {answer.unsupported.length > 0 && answer.text !== '' && <div>{t.marked}</div>}
          {answer.dropped > 0 && <div>{t.dropped(answer.dropped)}</div>}
          {answer.notes.map((note) => (
            <div key={note}>{sentence(note)}</div>
          ))}
        </div>
      )}
      {answer.citations.length > 0 && (
        <div style={{ borderTop: '1px solid var(--border)' }}>
          {citation ? <SourceView key={chosen} citation={citation} number={chosen! + 1} /> : <p className="small muted" style={{ padding: '10px 20px' }}>{t.pick}</p>}
        </div>
      )}
    </section>
  );
}

/** A sentence with several sources shows them one after the other. */
function next(citations: number[], chosen: number | null): number {
  const at = chosen === null ? -1 : citations.indexOf(chosen);
  return citations[(at + 1) % citations.length]!;
}

function SourceView({ citation, number }: { citation: Citation; number: number }) {
  const { source } = citation;
  const shown = useQuery({
    queryKey: ['text', source.file_id, source.version],
    queryFn: () => get('/api/files/{file}/text', { path: { file: source.file_id }, query: { version: source.version } }),
    staleTime: Infinity,
  });
  const at = `${source.span.start}-${source.span.end}`;
  return (
    <div>
      <div className="pane-head">
        <div className="grow">
          <strong>
            {number}. {source.filename}
          </strong>
          <div className="small muted ellipsis">
            {[...source.heading_path, ...(source.page_from > 0 ? [text.file.page(source.page_from, source.page_to)] : [])].join(' › ')}
          </div>
        </div>
        <Link className="button small" href={`/collections/${source.collection_id}/files/${source.file_id}?at=${at}`}>
          <Icon name="file" />
          {t.openFile}
        </Link>
      </div>
      {citation.flags.length > 0 && (
        <div style={{ padding: '10px 18px 0' }}>
          <Note kind="warn">{t.flagged}</Note>
        </div>
      )}
      {shown.error ? (
        <Failed error={shown.error} />
      ) : shown.data ? (
        <Excerpt whole={shown.data.text} start={source.span.start} end={source.span.end} />
      ) : (
        <Loading rows={3} />
      )}
    </div>
  );
}

function Excerpt({ whole, start, end }: { whole: string; start: number; end: number }) {
  const cut = excerpt(whole, { start, end }, AROUND);
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    mark.current?.scrollIntoView({ block: 'nearest' });
  }, [start]);
  return (
    <div className="source-text" tabIndex={0} role="region" aria-label={t.source}>
      {cut.before && '… '}
      {pieces(cut.text, [{ start, end }], cut.start).map((piece) =>
        piece.covers.length > 0 ? (
          <mark key={piece.start} ref={mark}>
            {piece.text}
          </mark>
        ) : (
          <span key={piece.start} className="muted">
            {piece.text}
          </span>
        ),
      )}
      {cut.after && ' …'}
    </div>
  );
}
