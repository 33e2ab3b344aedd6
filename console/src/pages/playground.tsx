import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { get, post } from '../api/client';
import type { Hit, SearchPage, Store } from '../api/types';
import { AnswerView, useAsk, type Asking } from '../kit/answer';
import { cutInWords } from '../kit/cutting-fields';
import { HitView } from '../kit/hit';
import { Button, Code, Dialog, Empty, Failed, Field, Input, Loaded, Loading, Page, Segments, Select } from '../kit/kit';
import { duration, sentence } from '../lib/format';
import { askBody, DEFAULTS, searchBody, type Knobs } from '../lib/knobs';
import { LANGUAGES, snippet, type Language } from '../lib/snippets';
import { useMay } from '../session';
import { text } from '../text';
import { allStores } from './collections';

const t = text.playground;
type Mode = 'search' | 'ask';

export default function Playground() {
  const stores = useQuery({ queryKey: ['collections', 'all'], queryFn: allStores });
  return (
    <Loaded query={stores}>
      {(all) =>
        all.length === 0 ? (
          <Page title={t.title} about={t.about}>
            <div className="card">
              <Empty icon="search" title={t.noCollections} action={<Link className="button primary" href="/collections">{text.collections.title}</Link>}>
                {t.noCollectionsHow}
              </Empty>
            </div>
          </Page>
        ) : (
          <Bench stores={all} />
        )
      }
    </Loaded>
  );
}

interface Side {
  result: { page: SearchPage; tookMs: number } | null;
  error: unknown;
  busy: boolean;
  run: (query: string, collection: string, knobs: Knobs) => void;
}

function useSide(): Side {
  const search = useMutation({
    mutationFn: async ({ query, collection, knobs }: { query: string; collection: string; knobs: Knobs }) => {
      const begin = performance.now();
      const page = (await post('/api/collections/{collection}/search', { path: { collection }, body: searchBody(query, knobs) as never })) as unknown as SearchPage;
      return { page, tookMs: performance.now() - begin };
    },
  });
  return { result: search.data ?? null, error: search.error, busy: search.isPending, run: (query, collection, knobs) => search.mutate({ query, collection, knobs }) };
}

function Bench({ stores }: { stores: Store[] }) {
  const given = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const chats = useMay('chat');
  const [mode, setMode] = useState<Mode>(given.get('mode') === 'ask' && chats ? 'ask' : 'search');
  const [collection, setCollection] = useState(stores.find((store) => store.id === given.get('collection'))?.id ?? stores.find((store) => store.file_counts.completed > 0)?.id ?? stores[0]!.id);
  const [query, setQuery] = useState(given.get('q') ?? '');
  const [compare, setCompare] = useState(false);
  const [a, setA] = useState<Knobs>(DEFAULTS);
  const [b, setB] = useState<Knobs>({ ...DEFAULTS, vectors: '0' });
  const [copying, setCopying] = useState(false);
  const sides = [useSide(), useSide()] as const;
  const asks = [useAsk(), useAsk()] as const;
  const field = useRef<HTMLInputElement>(null);

  function run() {
    if (query.trim() === '') return;
    navigate(`/playground?${new URLSearchParams({ collection, mode, q: query })}`, { replace: true });
    for (const index of compare ? ([0, 1] as const) : ([0] as const)) {
      const knobs = index === 0 ? a : b;
      if (mode === 'search') sides[index].run(query, collection, knobs);
      else asks[index].start(askBody(query, collection, knobs));
    }
  }

  // A link with a question is a question.
  const asked = useRef(false);
  useEffect(() => {
    if (!asked.current && given.get('q')) run();
    asked.current = true;
  }, []);

  const call = mode === 'search' ? { path: `/api/collections/${collection}/search`, body: searchBody(query, a) } : { path: '/api/ask', body: askBody(query, collection, a) };
  const busy = sides.some((side) => side.busy) || asks.some((ask) => ask.running);
  return (
    <Page
      title={t.title}
      about={t.about}
      action={
        <>
          <Button icon="columns" aria-pressed={compare} onClick={() => setCompare(!compare)}>
            {compare ? t.stopCompare : t.compare}
          </Button>
          <Button icon="copy" onClick={() => setCopying(true)}>{t.copyAs}</Button>
        </>
      }
    >
      <form
        className="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <div className="row">
          <Segments label={t.mode} value={mode} onChange={setMode} options={[{ value: 'search', label: t.search }, ...(chats ? [{ value: 'ask' as const, label: t.ask }] : [])]} />
          <div style={{ width: 240 }}>
            <Select aria-label={t.collection} value={collection} onChange={setCollection} options={stores.map((store) => ({ value: store.id, label: store.name || store.id }))} />
          </div>
          {!chats && <span className="small muted">{t.needsChat}</span>}
        </div>
        <div className="ask-line">
          <div className="grow">
            <input ref={field} className="input" type="search" autoFocus aria-label={mode === 'ask' ? t.question : t.query} placeholder={mode === 'ask' ? t.askPlaceholder : t.placeholder} value={query} onChange={(event) => setQuery(event.target.value)} />
          </div>
          <Button look="primary" type="submit" icon={mode === 'ask' ? 'spark' : 'search'} busy={busy} disabled={query.trim() === ''}>
            {mode === 'ask' ? t.ask : t.search}
          </Button>
        </div>
      </form>
      {compare ? (
        <div className="two">
          {([0, 1] as const).map((index) => (
            <div key={index} className="stack">
              <KnobPanel title={index === 0 ? `${t.knobs} A` : t.knobsB} mode={mode} collection={collection} knobs={index === 0 ? a : b} onChange={index === 0 ? setA : setB} wide />
              <Results mode={mode} side={sides[index]} other={sides[1 - index]!} ask={asks[index]} compare />
            </div>
          ))}
        </div>
      ) : (
        <div className="playground">
          <KnobPanel title={t.knobs} mode={mode} collection={collection} knobs={a} onChange={setA} />
          <Results mode={mode} side={sides[0]} other={null} ask={asks[0]} />
        </div>
      )}
      {copying && <CopyDialog call={call} onClose={() => setCopying(false)} />}
    </Page>
  );
}

function Results({ mode, side, other, ask, compare }: { mode: Mode; side: Side; other: Side | null; ask: Asking; compare?: boolean }) {
  if (mode === 'ask') {
    if (!ask.running && !ask.answer && !ask.error) return <Ready />;
    const passages = ask.answer?.passages ?? ask.passages?.hits ?? [];
    return (
      <div className="stack">
        <AnswerView ask={ask} />
        {passages.length > 0 && (
          <details className="card">
            <summary style={{ padding: '12px 18px', cursor: 'pointer' }}>
              {t.sources} <span className="tag">{passages.length}</span>
            </summary>
            <HitList hits={passages} moved={() => null} />
          </details>
        )}
      </div>
    );
  }
  if (side.error) return <Failed error={side.error} />;
  if (side.busy && !side.result) return <Loading rows={8} />;
  if (!side.result) return <Ready />;
  const { page, tookMs } = side.result;
  const elsewhere = compare && other?.result ? new Map(other.result.page.hits.map((hit, index) => [hit.chunk_id, index + 1])) : null;
  return (
    <section className="card" aria-busy={side.busy}>
      <div className="pane-head">
        <span className="muted" role="status">{t.hits(page.hits.length, duration(tookMs))}</span>
      </div>
      {page.notes.length > 0 && <div style={{ padding: '10px 18px 0' }} className="small muted">{page.notes.map(sentence).join(' ')}</div>}
      {page.hits.length === 0 ? (
        <Empty icon="search" title={t.noHits}>{t.noHitsHow}</Empty>
      ) : (
        <HitList
          hits={page.hits}
          moved={(hit, rank) => {
            if (!elsewhere) return null;
            const was = elsewhere.get(hit.chunk_id);
            return was === undefined ? t.isNew : was === rank ? null : t.position(was);
          }}
        />
      )}
    </section>
  );
}

function HitList({ hits, moved }: { hits: Hit[]; moved: (hit: Hit, rank: number) => string | null }) {
  const best = Math.max(...hits.map((hit) => hit.score));
  return (
    <ol>
      {hits.map((hit, index) => (
        <HitView key={hit.chunk_id} hit={hit} rank={index + 1} best={best} moved={moved(hit, index + 1)} />
      ))}
    </ol>
  );
}

function Ready() {
  return (
    <div className="card">
      <Empty icon="search" title={t.ready}>{t.readyHow}</Empty>
    </div>
  );
}

function KnobPanel({ title, mode, collection, knobs, onChange, wide }: { title: string; mode: Mode; collection: string; knobs: Knobs; onChange: (knobs: Knobs) => void; wide?: boolean }) {
  const admin = useMay('admin');
  const set = (name: keyof Knobs) => (value: string) => onChange({ ...knobs, [name]: value });
  const builds = useQuery({ queryKey: ['builds', collection], queryFn: () => get('/api/collections/{collection}/builds', { path: { collection } }), enabled: admin, retry: false });
  const others = builds.data?.items.filter((build) => build.status.toLowerCase() !== 'serving') ?? [];
  const turned = JSON.stringify(knobs) !== JSON.stringify(DEFAULTS);
  return (
    <section className="card knobs" aria-label={title} style={wide ? { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(150px, 1fr))' } : undefined}>
      <div className="row between" style={{ gridColumn: '1 / -1', minHeight: 28 }}>
        <h2>{title}</h2>
        {turned && <Button small look="quiet" onClick={() => onChange(DEFAULTS)}>{t.reset}</Button>}
      </div>
      <Slider label={t.embeddingWeight} value={knobs.vectors} min={0} max={1} step={0.05} fallback={0.5} onChange={set('vectors')} />
      <Field label={t.fusion}>
        <Select value={knobs.fusion} onChange={set('fusion')} options={[{ value: '', label: t.fusions.default }, { value: 'rrf', label: t.fusions.rrf }, { value: 'convex', label: t.fusions.convex }]} />
      </Field>
      <Slider label={t.feedback} value={knobs.feedback} min={0} max={0.9} step={0.1} fallback={0} onChange={set('feedback')} />
      <Slider label={t.hops} value={knobs.hops} min={0} max={3} step={1} fallback={0} onChange={set('hops')} />
      {mode === 'search' && (
        <Field label={t.limit}>
          <Input type="number" min={1} max={50} value={knobs.limit} onChange={(event) => set('limit')(event.target.value)} />
        </Field>
      )}
      {mode === 'search' && others.length > 0 && (
        <Field label={t.build}>
          <Select value={knobs.build} onChange={set('build')} options={[{ value: '', label: text.status.serving }, ...others.map((build) => ({ value: String(build.id), label: [text.collection.build(build.id), cutInWords(build.configuration.chunking), text.collection.buildStates[build.status.toLowerCase()] ?? build.status.toLowerCase()].join(' · ') }))]} />
        </Field>
      )}
      {mode === 'ask' && (
        <>
          <Field label={t.mode}>
            <Select value={knobs.mode} onChange={set('mode')} options={[{ value: '', label: t.modes.AUTO }, { value: 'EXTRACTIVE', label: t.modes.EXTRACTIVE }, { value: 'GENERATIVE', label: t.modes.GENERATIVE }]} />
          </Field>
          <Field label={t.budget}>
            <Input type="number" min={100} step={100} placeholder={t.fusions.default} value={knobs.budget} onChange={(event) => set('budget')(event.target.value)} />
          </Field>
          <Field label={t.packing}>
            <Select value={knobs.packing} onChange={set('packing')} options={[{ value: '', label: t.fusions.default }, { value: 'EDGES', label: t.packings.EDGES }, { value: 'DOCUMENT', label: t.packings.DOCUMENT }]} />
          </Field>
          <Field label={t.widen}>
            <Select value={knobs.widen} onChange={set('widen')} options={[{ value: '', label: t.fusions.default }, { value: 'NONE', label: t.widens.NONE }, { value: 'PARENTS', label: t.widens.PARENTS }]} />
          </Field>
          <Field label={t.unsupported}>
            <Select value={knobs.unsupported} onChange={set('unsupported')} options={[{ value: '', label: t.fusions.default }, { value: 'MARK', label: t.unsupporteds.MARK }, { value: 'DROP', label: t.unsupporteds.DROP }, { value: 'KEEP', label: t.unsupporteds.KEEP }]} />
          </Field>
        </>
      )}
    </section>
  );
}

function Slider({ label, value, min, max, step, fallback, onChange }: { label: string; value: string; min: number; max: number; step: number; fallback: number; onChange: (value: string) => void }) {
  return (
    <label className="field">
      <span className="label">
        {label}
        <span className="knob-value">{value === '' ? t.fusions.default.toLowerCase() : value}</span>
      </span>
      <input type="range" min={min} max={max} step={step} value={value === '' ? fallback : value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

function CopyDialog({ call, onClose }: { call: { path: string; body: unknown }; onClose: () => void }) {
  const [language, setLanguage] = useState<Language>('curl');
  return (
    <Dialog title={t.copyTitle} wide onClose={onClose} onSubmit={onClose} footer={<Button type="submit">{text.common.close}</Button>}>
      <Segments label={t.copyAs} value={language} onChange={setLanguage} options={LANGUAGES.map((one) => ({ value: one, label: one }))} />
      <Code>{snippet(language, location.origin, call)}</Code>
    </Dialog>
  );
}
