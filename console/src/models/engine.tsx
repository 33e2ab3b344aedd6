import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { del, get, post } from '../api/client';
import { Lines } from '../kit/charts';
import { Bar, Button, Confirm, Empty, Failed, Loaded, Menu, Note, type Choice } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { bytes, compact, count, dateTime, sentence } from '../lib/format';
import { keep, rate, type Counted, type Rate } from '../lib/live';
import { text } from '../text';
import { Pulls } from './pulls';
import type { Engine, Load, Model } from './types';

const t = text.models;
const EVERY_MS = 2_000;
const COLOURS = 6;

/** What is loaded and how busy it is, as it changes. */
export function EngineView() {
  const engine = useQuery({ queryKey: ['engine'], queryFn: async () => (await get('/api/engine')) as unknown as Engine, refetchInterval: EVERY_MS });
  const rates = useRates(engine.data, engine.dataUpdatedAt);
  return (
    <Loaded query={engine} rows={8}>
      {(data) => (
        <>
          {engine.error ? <Failed error={engine.error} retry={() => void engine.refetch()} /> : null}
          <Now engine={data} rates={rates} />
          {data.models.length === 0 ? <div className="card"><Empty icon="chip" title={t.none}>{t.noneHow}</Empty></div> : <ModelTable models={data.models} />}
          {data.models.filter((model) => model.load).map((model) => <Cache key={model.name} name={model.name} load={model.load!} tier={data.tier_bytes} />)}
          <Pulls />
        </>
      )}
    </Loaded>
  );
}

function useRates(engine: Engine | undefined, at: number): Rate[] {
  const [rates, setRates] = useState<Rate[]>([]);
  const before = useRef<Counted | null>(null);
  useEffect(() => {
    if (!engine) return;
    const sum = (of: (load: Load) => number) => engine.models.reduce((total, model) => total + (model.load ? of(model.load) : 0), 0);
    const now: Counted = { at, read: sum((load) => load.tokens_read), written: sum((load) => load.tokens_written) };
    const last = before.current;
    before.current = now;
    if (last && last.at < now.at) setRates((all) => keep(all, rate(last, now)));
  }, [engine, at]);
  return rates;
}

function Now({ engine, rates }: { engine: Engine; rates: Rate[] }) {
  const last = rates.at(-1);
  const loads = engine.models.flatMap((model) => (model.load ? [model.load] : []));
  const sum = (of: (load: Load) => number) => loads.reduce((total, load) => total + of(load), 0);
  const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const share = engine.memory_bytes > 0 ? engine.used_bytes / engine.memory_bytes : 0;
  return (
    <>
      <dl className="tiles">
        <div className="card tile">
          <dt>{t.writes}</dt>
          <dd>{last ? t.perSecond(compact(last.written)) : '–'}<small>{t.readsBeside(last ? compact(last.read) : '–')}</small></dd>
        </div>
        <div className="card tile">
          <dt>{t.batch}</dt>
          <dd>{count(sum((load) => load.running))}<small>{t.batchTokens(sum((load) => load.batch_tokens))}</small></dd>
        </div>
        <div className="card tile">
          <dt>{t.queue}</dt>
          <dd>{count(sum((load) => load.waiting))}<small>{t.queueHow}</small></dd>
        </div>
        <div className="card tile">
          <dt>{t.memory}</dt>
          <dd>
            {bytes(engine.used_bytes)}
            <small>{t.memoryOf(bytes(engine.memory_bytes))}</small>
            <div style={{ marginTop: 8 }}><Bar value={Math.min(1, share)} label={t.memory} /></div>
          </dd>
        </div>
      </dl>
      {loads.length > 0 && (
        <section className="card pad stack tight">
          <div><h2>{t.live}</h2><p className="small muted">{t.liveHow}</p></div>
          <Lines
            label={t.liveHow}
            ticks={rates.map((one) => clock.format(one.at))}
            format={compact}
            series={[
              { name: t.written, colour: 0, values: rates.map((one) => one.written) },
              { name: t.read, colour: 3, values: rates.map((one) => one.read), dashed: true },
            ]}
          />
          <p className="small muted break">{t.kernels(engine.kernels)}</p>
        </section>
      )}
    </>
  );
}

function ModelTable({ models }: { models: Model[] }) {
  const client = useQueryClient();
  const toast = useToast();
  const [deleting, setDeleting] = useState<Model | null>(null);
  const changed = () => client.invalidateQueries({ queryKey: ['engine'] });
  const change = useMutation({
    mutationFn: async ({ model, load }: { model: string; load: boolean }): Promise<void> => {
      await (load ? post('/api/engine/models/load', { body: { model } }) : post('/api/engine/models/unload', { body: { model } }));
    },
    onSuccess: (_, { model, load }) => {
      toast('ok', load ? t.isLoading(model) : t.isUnloaded(model));
      return changed();
    },
    onError: (failure) => toast('bad', failure.message),
  });
  const remove = useMutation({
    mutationFn: (model: string) => del('/api/engine/models', { query: { model } }),
    onSuccess: (_, model) => {
      setDeleting(null);
      toast('ok', t.isDeleted(model));
      return changed();
    },
  });
  return (
    <section className="card">
      <div className="table-wrap">
        <table aria-label={t.models}>
          <thead>
            <tr>
              <th scope="col">{t.model}</th>
              <th scope="col">{text.common.status}</th>
              <th scope="col" className="num">{t.onDisk}</th>
              <th scope="col" className="num">{t.inMemory}</th>
              <th scope="col" className="num">{t.context}</th>
              <th scope="col"><span className="hidden">{text.common.actions}</span></th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => (
              <tr key={model.name}>
                <td>
                  <strong className="break">{model.name}</strong>
                  <div className="small muted">
                    {t.origins[model.origin]}
                    {model.pulled_at && ` ${dateTime(model.pulled_at)}`}
                    {model.uses.map((use) => ` · ${t.uses[use]}`)}
                  </div>
                  {model.failure && <div className="small" role="alert" style={{ color: 'var(--danger)' }}>{t.loadFailed(sentence(model.failure))}</div>}
                </td>
                <td><span className={`pill ${model.state === 'loaded' ? 'ok' : model.state === 'absent' ? '' : 'busy'}`}>{t.states[model.state]}</span></td>
                <td className="num nowrap">{bytes(model.file_bytes)}</td>
                <td className="num nowrap">{model.state === 'absent' || model.bytes === null ? <span className="muted">–</span> : bytes(model.bytes)}</td>
                <td className="num nowrap">{model.context_tokens === null ? <span className="muted">–</span> : count(model.context_tokens)}</td>
                <td>
                  <div className="row" style={{ justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
                    <Button
                      small
                      aria-label={t.changeOf(model.state === 'loaded' ? t.unload : t.load, model.name)}
                      busy={change.isPending || model.state === 'loading' || model.state === 'unloading'}
                      onClick={() => change.mutate({ model: model.name, load: model.state !== 'loaded' })}
                    >
                      {model.state === 'loaded' ? t.unload : t.load}
                    </Button>
                    <Menu label={`${text.common.actions}: ${model.name}`} choices={choices(model, () => { remove.reset(); setDeleting(model); })} />
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {deleting && (
        <Confirm title={t.deleteTitle(deleting.name)} action={text.common.delete} busy={remove.isPending} error={remove.error} onClose={() => setDeleting(null)} onConfirm={() => remove.mutate(deleting.name)}>
          <p>{t.deleteHow(bytes(deleting.file_bytes))}</p>
          {deleting.uses.length > 0 && <Note kind="warn">{t.deleteUsed}</Note>}
        </Confirm>
      )}
    </section>
  );
}

/** What was put there by hand is nobody's to delete from here: that says the choice itself. */
function choices(model: Model, remove: () => void): Choice[] {
  return [
    { id: 'copy', label: t.copyName, icon: 'copy', run: () => void navigator.clipboard.writeText(model.name) },
    ...(model.origin === 'pulled' ? [{ id: 'delete', label: text.common.delete, icon: 'trash' as const, danger: true, run: remove }] : []),
  ];
}

function Cache({ name, load, tier }: { name: string; load: Load; tier: number | null }) {
  const used = load.pages_total - load.pages_free;
  const share = (pages: number) => (load.pages_total > 0 ? (100 * pages) / load.pages_total : 0);
  return (
    <section className="card" aria-label={t.cacheOf(name)}>
      <div className="pane-head">
        <div>
          <h2 className="break">{t.cacheOf(name)}</h2>
          <p className="small muted">{t.cacheHow(used, load.pages_total, load.prefix_tokens)}</p>
        </div>
      </div>
      <div style={{ padding: '14px 16px 4px' }}>
        <div className="score-bar" role="img" aria-label={t.cacheHow(used, load.pages_total, load.prefix_tokens)}>
          {load.tenants.map((tenant, index) => (
            <i key={tenant.id ?? ''} className={`c${index % COLOURS}`} title={`${tenant.name ?? t.noTenant}: ${count(tenant.pages)}`} style={{ width: `${share(tenant.pages)}%`, minWidth: tenant.pages > 0 ? 3 : 0 }} />
          ))}
        </div>
      </div>
      {load.tenants.length === 0 ? (
        <p className="small muted" style={{ padding: '4px 16px 14px' }}>{t.cacheEmpty}</p>
      ) : (
        <div className="table-wrap" role="group" aria-label={t.byTenant} tabIndex={0}>
          <table aria-label={t.byTenant}>
            <thead>
              <tr>
                <th scope="col">{t.tenant}</th>
                <th scope="col" className="num">{t.running}</th>
                <th scope="col" className="num">{t.waiting}</th>
                <th scope="col" className="num">{t.pages}</th>
                <th scope="col" className="num">{t.tierPages}</th>
              </tr>
            </thead>
            <tbody>
              {load.tenants.map((tenant, index) => (
                <tr key={tenant.id ?? ''}>
                  <td><span className="legend"><span><i className={`c${index % COLOURS}`} />{tenant.name ?? t.noTenant}</span></span></td>
                  <td className="num">{count(tenant.running)}</td>
                  <td className="num">{count(tenant.waiting)}</td>
                  <td className="num">{count(tenant.pages)}</td>
                  <td className="num">{tier === null ? <span className="muted">–</span> : count(tenant.tier_pages)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p className="small muted" style={{ padding: '8px 16px 14px' }}>{tier === null ? t.noTier : t.tierOf(bytes(tier))}</p>
    </section>
  );
}
