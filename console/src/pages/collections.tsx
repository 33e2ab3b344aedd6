import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { get, post } from '../api/client';
import type { Store } from '../api/types';
import { CuttingFields } from '../kit/cutting-fields';
import { Button, Dialog, Empty, Failed, Field, Input, Loaded, Page, Time } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { BY_DEFAULT, asStrategy } from '../lib/chunking';
import { bytes, count } from '../lib/format';
import { useMay } from '../session';
import { text } from '../text';

const t = text.collections;

/** All of them: there are tens or hundreds of collections, not thousands. */
export async function allStores(): Promise<Store[]> {
  const all: Store[] = [];
  for (let after: string | undefined; ; ) {
    const page = await get('/v1/vector_stores', { query: { limit: 100, after } });
    all.push(...(page.data as unknown as Store[]));
    if (!page.has_more || all.length >= 5000) return all;
    after = page.last_id;
  }
}

export default function Collections() {
  const writes = useMay('write');
  const [creating, setCreating] = useState(false);
  const [filter, setFilter] = useState('');
  const stores = useQuery({ queryKey: ['collections', 'all'], queryFn: allStores, refetchInterval: 5_000 });
  const create = writes && (
    <Button look="primary" icon="plus" onClick={() => setCreating(true)}>
      {t.create}
    </Button>
  );
  return (
    <Page title={t.title} about={t.about} action={stores.data?.length ? create : undefined}>
      <Loaded query={stores}>
        {(all) =>
          all.length === 0 ? (
            <div className="card">
              <Empty icon="folder" title={t.empty} action={create}>
                {t.emptyHow}
              </Empty>
            </div>
          ) : (
            <>
              {all.length > 8 && (
                <div style={{ maxWidth: 320 }}>
                  <Input type="search" aria-label={t.filter} placeholder={t.filter} value={filter} onChange={(event) => setFilter(event.target.value)} />
                </div>
              )}
              <Table stores={all.filter((store) => (store.name ?? store.id).toLowerCase().includes(filter.toLowerCase()))} />
            </>
          )
        }
      </Loaded>
      {creating && <Create onClose={() => setCreating(false)} />}
    </Page>
  );
}

function Table({ stores }: { stores: Store[] }) {
  if (stores.length === 0) return <p className="muted">{t.none}</p>;
  return (
    <div className="card table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">{text.common.name}</th>
            <th scope="col" className="num">{t.documents}</th>
            <th scope="col">{text.common.status}</th>
            <th scope="col" className="num">{t.size}</th>
            <th scope="col">{t.lastUsed}</th>
          </tr>
        </thead>
        <tbody>
          {stores.map((store) => (
            <tr key={store.id}>
              <td>
                <Link href={`/collections/${store.id}`}>
                  <strong>{store.name || store.id}</strong>
                </Link>
                {store.description && <div className="small muted">{store.description}</div>}
              </td>
              <td className="num">{count(store.file_counts.total)}</td>
              <td>
                <div className="row">
                  {store.file_counts.in_progress > 0 && <span className="pill busy">{text.start.inProgress(count(store.file_counts.in_progress))}</span>}
                  {store.file_counts.failed > 0 && <span className="pill bad">{t.failing(count(store.file_counts.failed))}</span>}
                  {store.file_counts.in_progress + store.file_counts.failed === 0 && <span className={`pill ${store.file_counts.total > 0 ? 'ok' : ''}`}>{store.file_counts.total > 0 ? text.status.ready : text.status.empty}</span>}
                </div>
              </td>
              <td className="num nowrap">{bytes(store.usage_bytes)}</td>
              <td>
                <Time at={store.last_active_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Create({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const toast = useToast();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [cutting, setCutting] = useState(BY_DEFAULT);
  const create = useMutation({
    mutationFn: async () =>
      (await post('/v1/vector_stores', {
        body: { name: name.trim(), ...(description ? { description } : {}), chunking_strategy: asStrategy(cutting) as never },
      })) as unknown as Store,
    onSuccess: (store) => {
      void client.invalidateQueries({ queryKey: ['collections'] });
      toast('ok', t.created(name.trim()));
      navigate(`/collections/${store.id}`);
    },
  });
  return (
    <Dialog
      title={t.create}
      onClose={onClose}
      onSubmit={() => create.mutate()}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="primary" type="submit" busy={create.isPending} disabled={name.trim() === ''}>
            {t.createNow}
          </Button>
        </>
      }
    >
      <Field label={text.common.name}>
        <Input value={name} autoFocus required maxLength={256} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t.description} hint={text.common.optional}>
        <Input value={description} maxLength={512} onChange={(event) => setDescription(event.target.value)} />
      </Field>
      <CuttingFields value={cutting} onChange={setCutting} hint={t.chunkingHint} />
      {create.error ? <Failed error={create.error} /> : null}
    </Dialog>
  );
}
