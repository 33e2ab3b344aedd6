import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { del, get, patch, post, send } from '../api/client';
import type { Doc, Hit, Receipt } from '../api/types';
import { Icon } from '../kit/icons';
import { Button, Confirm, Dialog, Failed, Field, Input, Loaded, Loading, Note, Page, Select, Status, Time } from '../kit/kit';
import { ReceiptView } from '../kit/receipt-view';
import { useToast } from '../kit/toasts';
import { bytes, count } from '../lib/format';
import { pieces } from '../lib/spans';
import { useMay } from '../session';
import { text } from '../text';
import { useStore } from './collection';

const t = text.file;

interface Cut {
  span: { start: number; end: number };
  tokens: number;
  page_from: number;
  page_to: number;
  heading_path: string[];
  context: string;
}

export default function File({ collection, file }: { collection: string; file: string }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const at = new URLSearchParams(useSearch()).get('at');
  const writes = useMay('write');
  const deletes = useMay('delete');
  const toast = useToast();
  const store = useStore(collection);
  const [removing, setRemoving] = useState(false);
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const document = useQuery({
    queryKey: ['document', collection, file],
    queryFn: async () => (await get('/api/collections/{collection}/documents/{file}', { path: { collection, file } })) as unknown as Doc,
    refetchInterval: (query) => (query.state.data?.status.toLowerCase() === 'in_progress' ? 1_000 : false),
    enabled: receipt === null,
  });
  const retry = useMutation({
    mutationFn: () => post('/api/collections/{collection}/documents/{file}/retry', { path: { collection, file } }),
    onSuccess: () => document.refetch(),
    onError: (failure) => toast('bad', failure.message),
  });
  const remove = useMutation({
    mutationFn: async () => (await del('/api/collections/{collection}/documents/{file}', { path: { collection, file } })) as unknown as Receipt,
    onSuccess: (done) => {
      setRemoving(false);
      setReceipt(done);
      void client.invalidateQueries({ queryKey: ['documents', collection] });
    },
  });
  const crumbs = (
    <>
      <Link href="/collections">{text.collections.title}</Link>
      <span aria-hidden="true">/</span>
      <Link href={`/collections/${collection}`}>{store.data?.name ?? collection}</Link>
      <span aria-hidden="true">/</span>
    </>
  );
  if (!document.data) {
    return <Page title={t.key} crumbs={crumbs}>{document.error ? <Failed error={document.error} retry={() => void document.refetch()} /> : <Loading rows={8} />}</Page>;
  }
  const doc = document.data;
  const failed = doc.status.toLowerCase() === 'failed' || doc.status.toLowerCase() === 'cancelled';
  return (
    <Page
      title={doc.filename}
      crumbs={crumbs}
      action={
        <>
          {failed && writes && <Button look="primary" icon="retry" busy={retry.isPending} onClick={() => retry.mutate()}>{text.collection.retry}</Button>}
          <a className={`button ${failed ? '' : 'primary'}`} href={`/v1/files/${file}/content`} download>
            <Icon name="download" />
            {t.download}
          </a>
          {deletes && <Button look="danger" icon="trash" onClick={() => setRemoving(true)}>{text.common.delete}</Button>}
        </>
      }
    >
      {doc.failure && (
        <Note kind="bad">
          <strong>{t.failure}</strong>
          <div>{doc.failure.message}</div>
        </Note>
      )}
      {doc.warnings.length > 0 && <Note kind="warn">{doc.warnings.map((warning) => <div key={warning}>{warning}</div>)}</Note>}
      <Facts doc={doc} />
      <Preview doc={doc} at={at} />
      {writes && <Permissions key={doc.file_id} doc={doc} onSaved={() => document.refetch()} />}
      {removing && (
        <Confirm title={text.collection.removeTitle(doc.filename)} action={text.common.delete} busy={remove.isPending} error={remove.error} onClose={() => setRemoving(false)} onConfirm={() => remove.mutate()}>
          {text.collection.removeHow}
        </Confirm>
      )}
      {receipt && (
        <Dialog title={text.collection.removed} onClose={() => navigate(`/collections/${collection}`)} onSubmit={() => navigate(`/collections/${collection}`)} footer={<Button look="primary" type="submit">{text.common.close}</Button>}>
          <ReceiptView receipt={receipt} />
        </Dialog>
      )}
    </Page>
  );
}

function Facts({ doc }: { doc: Doc }) {
  const facts: [string, React.ReactNode][] = [
    [text.common.status, <Status key="s" value={doc.status} />],
    [t.type, doc.media_type],
    ...(doc.language ? [[t.language, doc.language] as [string, string]] : []),
    ...(doc.page_count > 0 ? [[t.pages, count(doc.page_count)] as [string, string]] : []),
    [t.chunks, count(doc.chunk_count)],
    [text.collection.size, bytes(doc.usage_bytes)],
    [t.version, doc.version],
    [t.updated, <Time key="u" at={doc.updated_at} />],
    [t.readers, doc.readers.length > 0 ? doc.readers.join(', ') : text.collection.readersOpen],
  ];
  return (
    <dl className="card pad row" style={{ gap: '10px 34px' }}>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt className="small muted">{label}</dt>
          <dd className="break">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const STRATEGIES = ['structure', 'sentences', 'tables', 'code', 'questions', 'tokens', 'recursive', 'whole'] as const;
/** The server cuts no smaller. */
const MAX_TOKENS_LEAST = 100;

function Preview({ doc, at }: { doc: Doc; at: string | null }) {
  const writes = useMay('write');
  const [version, setVersion] = useState(doc.version);
  const [original, setOriginal] = useState(false);
  const [trying, setTrying] = useState<{ strategy: string; max_tokens?: number } | null>(null);
  useEffect(() => setVersion(doc.version), [doc.version]);
  const ready = doc.status.toLowerCase() !== 'in_progress';
  const whole = useQuery({
    queryKey: ['text', doc.file_id, version],
    queryFn: () => get('/api/files/{file}/text', { path: { file: doc.file_id }, query: { version } }),
    enabled: ready,
    staleTime: Infinity,
    retry: false,
  });
  const stored = useInfiniteQuery({
    queryKey: ['chunks', doc.collection_id, doc.file_id, doc.updated_at],
    queryFn: ({ pageParam }) => get('/api/collections/{collection}/documents/{file}/chunks', { path: { collection: doc.collection_id, file: doc.file_id }, query: { limit: 100, after: pageParam } }),
    initialPageParam: '0',
    getNextPageParam: (last) => (last.has_more ? last.next : undefined),
    enabled: ready && doc.chunk_count > 0,
  });
  const tried = useInfiniteQuery({
    queryKey: ['try', doc.file_id, trying],
    queryFn: ({ pageParam }) => post('/api/chunk-preview', { body: { file_id: doc.file_id, chunking: trying!, limit: 200, after: pageParam } }),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: trying !== null,
  });
  const current = version === doc.version;
  const cuts = useMemo<Cut[]>(() => {
    if (trying) return tried.data?.pages.flatMap((page) => page.chunks) ?? [];
    if (!current) return [];
    return stored.data?.pages.flatMap((page) => (page.items as unknown as Hit[]).map((hit) => ({ span: hit.source.span, tokens: hit.tokens, page_from: hit.source.page_from, page_to: hit.source.page_to, heading_path: hit.source.heading_path, context: hit.context }))) ?? [];
  }, [trying, tried.data, stored.data, current]);
  const more = trying ? tried : stored;
  const totals = trying && tried.data?.pages[0]?.totals;
  const versions = Array.from({ length: Math.min(doc.version, 10) }, (_, index) => doc.version - index);
  return (
    <div className={`preview ${original ? '' : 'single'}`}>
      <section className="card">
        <div className="pane-head" style={{ flexWrap: 'wrap' }}>
          <h2>{t.text}</h2>
          <div className="row">
            {writes && ready && <ChunkingKnobs value={trying} onChange={setTrying} />}
            {versions.length > 1 && (
              <div style={{ width: 130 }}>
                <Select aria-label={t.version} value={String(version)} onChange={(value) => setVersion(Number(value))} options={versions.map((one) => ({ value: String(one), label: `${t.version} ${one}` }))} />
              </div>
            )}
            <Button small icon="columns" aria-pressed={original} onClick={() => setOriginal(!original)}>
              {original ? t.hideOriginal : t.showOriginal}
            </Button>
          </div>
        </div>
        {trying && <div style={{ padding: '10px 16px 0' }}><Note>{totals ? t.totals(totals.count, totals.tokens_median, totals.tokens_max) : t.trying}</Note></div>}
        {trying && tried.error ? <Failed error={tried.error} /> : null}
        {!current && <div style={{ padding: '10px 16px 0' }}><Note>{t.versionOld}</Note></div>}
        {!ready ? (
          <p className="muted" style={{ padding: 16 }}>{t.inProgress}</p>
        ) : whole.error ? (
          <p className="muted" style={{ padding: 16 }}>{t.noText}</p>
        ) : !whole.data ? (
          <Loading rows={8} />
        ) : whole.data.text === '' ? (
          <p className="muted" style={{ padding: 16 }}>{t.noText}</p>
        ) : (
          <ChunkedText text={whole.data.text} cuts={cuts} at={at} more={more.hasNextPage ? () => void more.fetchNextPage() : null} busy={more.isFetchingNextPage} />
        )}
      </section>
      {original && <Original doc={doc} />}
    </div>
  );
}

function ChunkingKnobs({ value, onChange }: { value: { strategy: string; max_tokens?: number } | null; onChange: (value: { strategy: string; max_tokens?: number } | null) => void }) {
  const [strategy, setStrategy] = useState<string>('');
  const [max, setMax] = useState('');
  const apply = (nextStrategy: string, nextMax: string) => onChange(nextStrategy === '' ? null : { strategy: nextStrategy, ...(nextMax ? { max_tokens: Number(nextMax) } : {}) });
  return (
    <>
      <div style={{ width: 178 }}>
        <Select
          aria-label={t.tryChunking}
          value={strategy}
          onChange={(next) => {
            setStrategy(next);
            apply(next, max);
          }}
          options={[{ value: '', label: t.asStored }, ...STRATEGIES.map((one) => ({ value: one, label: one }))]}
        />
      </div>
      {value && (
        <div style={{ width: 108 }}>
          <Input
            type="number"
            min={MAX_TOKENS_LEAST}
            aria-label={t.maxTokens}
            placeholder="max tokens"
            value={max}
            onChange={(event) => setMax(event.target.value)}
            onBlur={() => apply(strategy, max)}
            onKeyDown={(event) => event.key === 'Enter' && apply(strategy, max)}
          />
        </div>
      )}
    </>
  );
}

function ChunkedText({ text: whole, cuts, at, more, busy }: { text: string; cuts: Cut[]; at: string | null; more: (() => void) | null; busy: boolean }) {
  const [from, to] = (at ?? '').split('-').map(Number);
  const target = from !== undefined && to !== undefined && to > from ? { start: from, end: to } : null;
  const box = useRef<HTMLDivElement>(null);
  const mark = useRef<HTMLElement>(null);
  useEffect(() => {
    if (mark.current && box.current) box.current.scrollTop = mark.current.offsetTop - box.current.clientHeight / 3;
  }, [at, cuts.length]);
  // The place that is asked for may lie beyond the chunks that are there.
  const end = cuts.at(-1)?.span.end ?? 0;
  useEffect(() => {
    if (target && more && !busy && end < target.end) more();
  }, [target?.end, more, busy, end]);
  const marked = (start: number, stop: number) =>
    pieces(whole.slice(start, stop), target ? [target] : [], start).map((piece) =>
      piece.covers.length > 0 ? <mark key={piece.start} ref={mark}>{piece.text}</mark> : <span key={piece.start}>{piece.text}</span>,
    );
  if (cuts.length === 0) {
    return <div className="doc-text" ref={box} tabIndex={0} role="region" aria-label={t.text}>{marked(0, whole.length)}</div>;
  }
  return (
    <div className="doc-text" ref={box} tabIndex={0} role="region" aria-label={t.text} style={{ position: 'relative' }}>
      {cuts.map((cut, index) => {
        const before = index === 0 ? 0 : Math.max(...cuts.slice(Math.max(0, index - 3), index).map((one) => one.span.end));
        const here = target && target.start < cut.span.end && target.end > cut.span.start;
        return [
          cut.span.start > before && whole.slice(before, cut.span.start).trim() !== '' ? <span key={`g${index}`} className="muted">{marked(before, cut.span.start)}</span> : null,
          <div key={index} className={`chunk ${here ? 'current' : ''}`}>
            <div className="chunk-label">
              <strong>{t.chunk(index + 1)}</strong>
              <span>{t.tokens(cut.tokens)}</span>
              {cut.page_from > 0 && <span>{t.page(cut.page_from, cut.page_to)}</span>}
              {cut.heading_path.length > 0 && <span>{cut.heading_path.join(' › ')}</span>}
            </div>
            {marked(cut.span.start, cut.span.end)}
          </div>,
        ];
      })}
      {more ? <Button small busy={busy} onClick={more}>{t.moreChunks}</Button> : <span className="muted">{marked(end, whole.length)}</span>}
    </div>
  );
}

const SHOWN_TEXT_BYTES = 2_000_000;

/** A stored page must not run in this server's name: text is shown as text, PDF by the browser's own viewer. */
function Original({ doc }: { doc: Doc }) {
  const kind = /^application\/pdf/.test(doc.media_type) ? 'pdf' : /^image\/(png|jpeg|gif|webp)/.test(doc.media_type) ? 'image' : /^(text\/|application\/(json|xml|xhtml|x-ndjson)|message\/)/.test(doc.media_type) ? 'text' : null;
  const content = useQuery({
    queryKey: ['content', doc.file_id, doc.version],
    queryFn: async () => {
      const blob = await (await send('GET', `/v1/files/${doc.file_id}/content`)).blob();
      return kind === 'text' ? { text: await blob.slice(0, SHOWN_TEXT_BYTES).text(), url: '' } : { text: '', url: URL.createObjectURL(new Blob([blob], { type: kind === 'pdf' ? 'application/pdf' : doc.media_type })) };
    },
    enabled: kind !== null,
    staleTime: Infinity,
    gcTime: 0,
  });
  const url = content.data?.url;
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return (
    <section className="card original">
      <div className="pane-head">
        <h2>{t.original}</h2>
        <span className="small muted">{doc.media_type}</span>
      </div>
      {kind === null ? (
        <p className="muted" style={{ padding: 16 }}>{t.noPreview}</p>
      ) : (
        <Loaded query={content}>
          {(data) => (kind === 'pdf' ? <iframe src={data.url} title={doc.filename} /> : kind === 'image' ? <img src={data.url} alt={doc.filename} /> : <div className="doc-text mono" tabIndex={0} role="region" aria-label={t.original}>{data.text}</div>)}
        </Loaded>
      )}
    </section>
  );
}

/** What is being typed stays while the other form is saved. */
function Permissions({ doc, onSaved }: { doc: Doc; onSaved: () => Promise<unknown> }) {
  const toast = useToast();
  const [typedReaders, setReaders] = useState<string | null>(null);
  const [typedAttributes, setAttributes] = useState<string | null>(null);
  const readers = typedReaders ?? doc.readers.join(', ');
  const attributes = typedAttributes ?? JSON.stringify(doc.attributes, null, 2);
  const parsed = parseObject(attributes);
  const save = useMutation({
    mutationFn: (change: { readers?: string[]; attributes?: Record<string, unknown> }) => patch('/api/collections/{collection}/documents/{file}', { path: { collection: doc.collection_id, file: doc.file_id }, body: change as never }),
    onSuccess: async (_, change) => {
      toast('ok', change.readers ? t.readersSaved : t.attributesSaved);
      await onSaved();
      if (change.readers) setReaders(null);
      else setAttributes(null);
    },
  });
  return (
    <div className="two">
      <form className="card pad stack" onSubmit={(event) => { event.preventDefault(); save.mutate({ readers: readers.split(/[\s,]+/).filter(Boolean) }); }}>
        <h2>{t.permissions}</h2>
        <Field label={t.readers} hint={t.readersHint}>
          <textarea className="input" value={readers} spellCheck={false} onChange={(event) => setReaders(event.target.value)} />
        </Field>
        {save.error && save.variables?.readers ? <Failed error={save.error} /> : null}
        <div><Button type="submit" busy={save.isPending} idle={readers === doc.readers.join(', ')}>{text.common.save}</Button></div>
      </form>
      <form className="card pad stack" onSubmit={(event) => { event.preventDefault(); if (parsed) save.mutate({ attributes: parsed }); }}>
        <h2>{t.attributes}</h2>
        <Field label={t.attributes} hint={t.attributesHint} error={parsed ? null : t.attributesBad}>
          <textarea className="input mono" value={attributes} spellCheck={false} aria-invalid={!parsed} onChange={(event) => setAttributes(event.target.value)} />
        </Field>
        {save.error && save.variables?.attributes ? <Failed error={save.error} /> : null}
        <div><Button type="submit" busy={save.isPending} idle={!parsed || JSON.stringify(parsed) === JSON.stringify(doc.attributes)}>{text.common.save}</Button></div>
      </form>
    </div>
  );
}

export function parseObject(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
