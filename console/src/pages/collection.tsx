import { useIsMutating, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { del, get, post, put } from '../api/client';
import type { Doc, Receipt, Server, Store } from '../api/types';
import { useDocuments } from '../documents';
import { Drop, Droppable, PickButtons, type Picked } from '../kit/drop';
import { Icon } from '../kit/icons';
import { Button, Confirm, Dialog, Empty, Failed, Field, Input, Loaded, Loading, Menu, Note, Page, Segments, Status, Time } from '../kit/kit';
import { ReceiptView } from '../kit/receipt-view';
import { useToast } from '../kit/toasts';
import { UploadList } from '../kit/upload-list';
import { bytes, count } from '../lib/format';
import { useMay } from '../session';
import { text } from '../text';
import { useUploads } from '../uploads';
import { BuildsTab } from './builds';

const t = text.collection;
const ROW = 46;

const deletionOf = (id: string) => ['delete-collection', id];

export function useStore(id: string) {
  // Nobody asks for a collection while it is being deleted.
  const deleting = useIsMutating({ mutationKey: deletionOf(id) }) > 0;
  return useQuery({ enabled: !deleting, queryKey: ['collection', id], queryFn: async () => (await get('/v1/vector_stores/{id}', { path: { id } })) as unknown as Store, refetchInterval: 3_000 });
}

export default function Collection({ collection }: { collection: string }) {
  const store = useStore(collection);
  const writes = useMay('write');
  const administers = useMay('admin');
  const uploads = useUploads();
  const toast = useToast();
  const server = useQuery({ queryKey: ['server'], queryFn: async () => (await get('/api/server')) as unknown as Server, staleTime: 60_000 });
  const crumbs = (
    <>
      <Link href="/collections">{text.collections.title}</Link>
      <span aria-hidden="true">/</span>
    </>
  );
  if (!store.data) {
    return <Page title={text.collections.title} crumbs={crumbs}>{store.error ? <Failed error={store.error} retry={() => void store.refetch()} /> : <Loading />}</Page>;
  }
  const add = (files: Picked[]) => {
    const max = server.data?.upload_bytes_max ?? Infinity;
    const small = files.filter(({ file }) => file.size <= max);
    files.filter(({ file }) => file.size > max).forEach(({ path }) => toast('bad', `${path}: ${text.uploads.tooLarge(bytes(max))}`));
    uploads.add(collection, small);
  };
  const name = store.data.name || collection;
  return (
    <Page title={name} about={store.data.description} crumbs={crumbs} action={writes && store.data.file_counts.total > 0 ? <PickButtons primary onFiles={add} /> : <Link className="button" href={`/playground?collection=${collection}`}><Icon name="search" />{t.playground}</Link>}>
      <Tabs>
        <TabList className="tabs" aria-label={name}>
          <Tab className="tab" id="files">{t.files}</Tab>
          <Tab className="tab" id="ranking">{t.ranking}</Tab>
          {administers && <Tab className="tab" id="builds">{t.builds}</Tab>}
          <Tab className="tab" id="settings">{t.settings}</Tab>
        </TabList>
        <TabPanel className="tab-panel" id="files">
          <Droppable onFiles={writes ? add : null}>
            <UploadList collection={collection} />
            <Files store={store.data} onFiles={writes ? add : null} />
          </Droppable>
        </TabPanel>
        <TabPanel className="tab-panel" id="ranking">
          <Ranking collection={collection} />
        </TabPanel>
        {administers && (
          <TabPanel className="tab-panel" id="builds">
            <BuildsTab collection={collection} />
          </TabPanel>
        )}
        <TabPanel className="tab-panel" id="settings">
          <Settings store={store.data} />
        </TabPanel>
      </Tabs>
    </Page>
  );
}

type Filter = 'all' | 'in_progress' | 'failed' | 'completed';

function Files({ store, onFiles }: { store: Store; onFiles: ((files: Picked[]) => void) | null }) {
  const client = useQueryClient();
  const deletes = useMay('delete');
  const toast = useToast();
  const [, navigate] = useLocation();
  const [filter, setFilter] = useState<Filter>('all');
  const [removing, setRemoving] = useState<Doc | null>(null);
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const counts = store.file_counts;
  const documents = useDocuments(store.id, filter === 'all' ? '' : filter, counts.in_progress > 0);
  const total = filter === 'all' ? counts.total : counts[filter];
  const rows = Math.max(documents.items.length, documents.more ? total : documents.items.length);

  const retry = useMutation({
    mutationFn: (fileIds: string[]) => Promise.all(fileIds.map((file) => post('/api/collections/{collection}/documents/{file}/retry', { path: { collection: store.id, file } }))),
    onSettled: () => client.invalidateQueries({ queryKey: ['documents', store.id] }),
    onError: (failure) => toast('bad', failure.message),
  });
  const remove = useMutation({
    mutationFn: async (document: Doc) => (await del('/api/collections/{collection}/documents/{file}', { path: { collection: store.id, file: document.file_id } })) as unknown as Receipt,
    onSuccess: (done, document) => {
      documents.forget(document.file_id);
      setRemoving(null);
      setReceipt(done);
      void client.invalidateQueries({ queryKey: ['documents', store.id] });
      void client.invalidateQueries({ queryKey: ['collection', store.id] });
    },
  });

  if (documents.error && !documents.loaded) return <Failed error={documents.error} retry={() => void documents.refetch()} />;
  if (!documents.loaded) return <Loading rows={8} />;
  if (counts.total === 0 && documents.items.length === 0) {
    return onFiles ? <Drop onFiles={onFiles} /> : <div className="card"><Empty icon="file" title={t.empty} /></div>;
  }
  return (
    <div className="card">
      <div className="pane-head" style={{ flexWrap: 'wrap' }}>
        <Segments
          label={t.filter}
          value={filter}
          onChange={setFilter}
          options={[
            { value: 'all', label: `${text.common.all} ${count(counts.total)}` },
            { value: 'completed', label: `${text.status.completed} ${count(counts.completed)}` },
            { value: 'in_progress', label: `${text.status.in_progress} ${count(counts.in_progress)}` },
            { value: 'failed', label: `${text.status.failed} ${count(counts.failed)}` },
          ]}
        />
        <div className="row">
          {documents.items.length < rows && <span className="small muted">{t.loaded(count(documents.items.length), count(rows))}</span>}
          {filter === 'failed' && documents.items.length > 0 && onFiles && (
            <Button small icon="retry" busy={retry.isPending} onClick={() => retry.mutate(documents.items.map((one) => one.file_id))}>
              {t.retryAll}
            </Button>
          )}
        </div>
      </div>
      {rows === 0 ? (
        <Empty icon="file" title={t.noneOfStatus} />
      ) : (
        <List
          rows={rows}
          documents={documents.items}
          ensure={documents.ensure}
          choices={(document) => [
            { id: 'open', label: t.open, icon: 'file', run: () => navigate(`/collections/${store.id}/files/${document.file_id}`) },
            ...(onFiles && (document.status.toLowerCase() === 'failed' || document.status.toLowerCase() === 'cancelled') ? [{ id: 'retry', label: t.retry, icon: 'retry' as const, run: () => retry.mutate([document.file_id]) }] : []),
            ...(deletes ? [{ id: 'delete', label: t.remove, icon: 'trash' as const, danger: true, run: () => setRemoving(document) }] : []),
          ]}
        />
      )}
      {documents.error ? <Failed error={documents.error} retry={() => void documents.refetch()} /> : null}
      {removing && (
        <Confirm title={t.removeTitle(removing.filename)} action={t.remove} busy={remove.isPending} error={remove.error} onClose={() => setRemoving(null)} onConfirm={() => remove.mutate(removing)}>
          {t.removeHow}
        </Confirm>
      )}
      {receipt && (
        <Dialog title={t.removed} onClose={() => setReceipt(null)} onSubmit={() => setReceipt(null)} footer={<Button look="primary" type="submit">{text.common.close}</Button>}>
          <ReceiptView receipt={receipt} />
        </Dialog>
      )}
    </div>
  );
}

function List({ rows, documents, ensure, choices }: { rows: number; documents: Doc[]; ensure: (index: number) => void; choices: (document: Doc) => Parameters<typeof Menu>[0]['choices'] }) {
  const scroll = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({ count: rows, getScrollElement: () => scroll.current, estimateSize: () => ROW, overscan: 10 });
  const shown = list.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => ensure(last), [last, ensure]);
  return (
    <div role="table" aria-label={t.files} aria-rowcount={rows + 1}>
      <div className="files-head" role="row" aria-rowindex={1}>
        <span role="columnheader">{t.name}</span>
        <span role="columnheader">{t.status}</span>
        <span role="columnheader" className="num">{t.chunks}</span>
        <span role="columnheader" className="num">{t.size}</span>
        <span role="columnheader">{t.updated}</span>
        <span role="columnheader"><span className="hidden">{text.common.actions}</span></span>
      </div>
      <div className="files-scroll" ref={scroll} tabIndex={0} role="rowgroup" aria-label={t.files} style={{ height: `min(62vh, ${Math.max(3, rows) * ROW + 2}px)` }}>
        <div className="files-body" role="presentation" style={{ height: list.getTotalSize() }}>
          {shown.map((row) => {
            const document = documents[row.index];
            return (
              <div key={row.key} className="file-row" role="row" aria-rowindex={row.index + 2} style={{ transform: `translateY(${row.start}px)` }}>
                {document ? (
                  <>
                    <span role="cell" className="file-name">
                      <Icon name="file" />
                      <Link className="ellipsis" href={`/collections/${document.collection_id}/files/${document.file_id}`} title={document.filename}>
                        {document.filename}
                      </Link>
                      {document.readers.length > 0 && <span className="tag wide-only" title={document.readers.join(', ')}><span className="hidden">{text.file.readers}: </span>{document.readers[0]}{document.readers.length > 1 && ` +${document.readers.length - 1}`}</span>}
                    </span>
                    <span role="cell" title={document.failure?.message}><Status value={document.status} /></span>
                    <span role="cell" className="num wide-only">{count(document.chunk_count)}</span>
                    <span role="cell" className="num wide-only">{bytes(document.usage_bytes)}</span>
                    <span role="cell" className="wide-only small muted"><Time at={document.updated_at} /></span>
                    <span role="cell"><Menu label={`${text.common.actions}: ${document.filename}`} choices={choices(document)} /></span>
                  </>
                ) : (
                  <span role="cell"><div className="skeleton" style={{ width: `${60 + ((row.index * 13) % 35)}%` }} /></span>
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Ranking({ collection }: { collection: string }) {
  const client = useQueryClient();
  const writes = useMay('write');
  const toast = useToast();
  const query = useQuery({ queryKey: ['calibration', collection], queryFn: () => get('/api/collections/{collection}/calibration', { path: { collection } }) });
  const [draft, setDraft] = useState<Record<string, string>>({});
  const done = () => {
    setDraft({});
    void client.invalidateQueries({ queryKey: ['calibration', collection] });
    toast('ok', t.saved);
  };
  const save = useMutation({
    mutationFn: (values: Record<string, number>) => put('/api/collections/{collection}/calibration', { path: { collection }, body: values as never }),
    onSuccess: done,
  });
  const reset = useMutation({ mutationFn: () => del('/api/collections/{collection}/calibration', { path: { collection } }), onSuccess: done });
  return (
    <Loaded query={query}>
      {(now) => {
        const fields = { k1: t.k1, b: t.b, feedback: t.feedback, text_weight: t.textWeight, function_words: t.functionWords, titles: t.titles } as const;
        const names = Object.keys(fields) as (keyof typeof fields)[];
        const value = (name: keyof typeof fields) => draft[name] ?? String(now[name]);
        return (
          <form
            className="card pad stack"
            style={{ maxWidth: 560 }}
            onSubmit={(event) => {
              event.preventDefault();
              // All of them: what is not sent goes back to its default.
              save.mutate(Object.fromEntries(names.map((name) => [name, Number(value(name))])));
            }}
          >
            <Note>{now.calibrated ? t.calibrated : t.uncalibrated}</Note>
            {names.map((name) => (
              <Field key={name} label={fields[name]}>
                <Input type="number" step="any" required disabled={!writes} value={value(name)} onChange={(event) => setDraft({ ...draft, [name]: event.target.value })} />
              </Field>
            ))}
            {save.error || reset.error ? <Failed error={save.error ?? reset.error} /> : null}
            {writes && (
              <div className="row">
                <Button look="primary" type="submit" busy={save.isPending} idle={Object.keys(draft).length === 0}>{text.common.save}</Button>
                <Button busy={reset.isPending} idle={!now.calibrated} onClick={() => reset.mutate()}>{t.resetRanking}</Button>
              </div>
            )}
          </form>
        );
      }}
    </Loaded>
  );
}

/** Absent is the default, and `static` the same with other sizes. */
function chunkingName(store: Store): string {
  const names: Record<string, string> = text.collections.strategies;
  return names[store.chunking_strategy?.type ?? 'auto'] ?? text.collections.strategies.auto;
}

function Settings({ store }: { store: Store }) {
  const client = useQueryClient();
  const writes = useMay('write');
  const deletes = useMay('delete');
  const toast = useToast();
  const [, navigate] = useLocation();
  const [name, setName] = useState(store.name ?? '');
  const [description, setDescription] = useState(store.description ?? '');
  const [deleting, setDeleting] = useState(false);
  const [typed, setTyped] = useState('');
  const save = useMutation({
    mutationFn: () => post('/v1/vector_stores/{id}', { path: { id: store.id }, body: { name, description } as never }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['collection', store.id] });
      toast('ok', t.saved);
    },
  });
  const remove = useMutation({
    mutationKey: deletionOf(store.id),
    mutationFn: () => del('/v1/vector_stores/{id}', { path: { id: store.id } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['collections'] });
      toast('ok', t.removed);
      navigate('/receipts');
    },
  });
  return (
    <div className="stack" style={{ maxWidth: 560 }}>
      <form
        className="card pad stack"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <h2>{t.rename}</h2>
        <Field label={text.common.name}><Input value={name} disabled={!writes} onChange={(event) => setName(event.target.value)} /></Field>
        <Field label={text.collections.description}><Input value={description} disabled={!writes} onChange={(event) => setDescription(event.target.value)} /></Field>
        <dl className="facts">
          <dt>{t.id}</dt>
          <dd className="mono">{store.id}</dd>
          <dt>{text.collections.chunking}</dt>
          <dd>{chunkingName(store)}</dd>
        </dl>
        {save.error ? <Failed error={save.error} /> : null}
        {writes && <div><Button look="primary" type="submit" busy={save.isPending} idle={name.trim() === '' || (name === store.name && description === (store.description ?? ''))}>{text.common.save}</Button></div>}
      </form>
      {deletes && (
        <div className="card pad row between">
          <div className="grow">
            <h2>{t.deleteCollection}</h2>
            <p className="small muted">{t.keepFiles}</p>
          </div>
          <Button look="danger" icon="trash" onClick={() => setDeleting(true)}>{text.common.delete}</Button>
        </div>
      )}
      {deleting && (
        <Confirm title={t.deleteTitle(store.name ?? store.id)} action={text.common.delete} busy={remove.isPending || typed !== (store.name ?? store.id)} error={remove.error} onClose={() => setDeleting(false)} onConfirm={() => remove.mutate()}>
          <div className="stack">
            <p>{t.deleteHow}</p>
            <Field label={text.common.name}><Input value={typed} autoFocus onChange={(event) => setTyped(event.target.value)} /></Field>
          </div>
        </Confirm>
      )}
    </div>
  );
}
