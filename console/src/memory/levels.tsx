import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/client';
import { Lines } from '../kit/charts';
import { Bar, Button, Empty, Loaded, Segments, Time } from '../kit/kit';
import { fading, sizes as sizesByDay } from '../lib/decay';
import { bytes, count, dateTime, percent } from '../lib/format';
import { text } from '../text';
import type { Scope, Sizes, Summary } from './types';

const t = text.memory;
const LEVELS = ['turn', 'episode', 'topic', 'profile'];
const SUMMARIES = ['profile', 'topic', 'episode'];
const DAYS_SHOWN = 90;
const AHEAD = Array.from({ length: 13 }, (_, week) => week * 7);

/** What was said in fewer and fewer words, what it takes, and how it goes. */
export function LevelsView({ scope }: { scope: Scope }) {
  const found = useQuery({ queryKey: ['memory', 'sizes', scope], queryFn: async () => (await get('/api/memory/sizes', { query: { ...scope } })) as unknown as Sizes });
  return (
    <Loaded query={found}>
      {(data) => (
        <>
          <div className="two">
            <Kept sizes={data} />
            <GrowthChart sizes={data} />
          </div>
          <FadingChart scope={scope} strengthDays={data.strength_days} />
          <Taken sizes={data} />
          <Summaries scope={scope} />
        </>
      )}
    </Loaded>
  );
}

function Kept({ sizes }: { sizes: Sizes }) {
  const largest = Math.max(1, ...sizes.levels.map((one) => one.bytes));
  return (
    <section className="card pad stack tight">
      <div><h2>{t.viewNames.levels}</h2><p className="small muted">{t.levelsHow}</p></div>
      <table aria-label={t.viewNames.levels}>
        <thead>
          <tr><th scope="col">{t.level}</th><th scope="col" className="num">{t.kept}</th><th scope="col" className="num">{t.size}</th><th scope="col" style={{ width: '32%' }}><span className="hidden">{t.size}</span></th></tr>
        </thead>
        <tbody>
          {sizes.levels.map((one) => (
            <tr key={one.level}>
              <td>{t.levelNames[one.level] ?? one.level}</td>
              <td className="num">{count(one.items)}</td>
              <td className="num nowrap">{bytes(one.bytes)}</td>
              <td><div className="bar" aria-hidden="true"><i style={{ width: `${(100 * one.bytes) / largest}%` }} /></div></td>
            </tr>
          ))}
        </tbody>
      </table>
      <Bar value={Math.min(1, sizes.used_bytes / sizes.budget_bytes)} label={t.budgetHow(bytes(sizes.used_bytes), bytes(sizes.budget_bytes))} />
      <p className="small muted">{t.budgetHow(bytes(sizes.used_bytes), bytes(sizes.budget_bytes))}</p>
    </section>
  );
}

function GrowthChart({ sizes }: { sizes: Sizes }) {
  const by = sizesByDay(sizes.growth, LEVELS, DAYS_SHOWN);
  const format = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' });
  return (
    <section className="card pad stack tight">
      <div><h2>{t.growth}</h2><p className="small muted">{t.growthHow}</p></div>
      {by.days.length === 0 ? <p className="muted">{t.noEvents}</p> : (
        <Lines label={t.growthHow} ticks={by.days.map((day) => format.format(new Date(day)))} format={bytes} series={LEVELS.map((level, index) => ({ name: t.levelNames[level]!, colour: index, values: by.of[level]! }))} />
      )}
    </section>
  );
}

function FadingChart({ scope, strengthDays }: { scope: Scope; strengthDays: number }) {
  const all = useQuery({
    queryKey: ['memory', 'fading', scope],
    queryFn: async () => {
      const pages = await Promise.all(SUMMARIES.map((level) => get('/api/memory/levels', { query: { ...scope, level, limit: 1000 } })));
      return pages.flatMap((page) => page.items as unknown as Summary[]);
    },
  });
  return (
    <Loaded query={all} rows={3}>
      {(summaries) =>
        summaries.length === 0 ? null : (
          <section className="card pad stack tight">
            <div><h2>{t.fading}</h2><p className="small muted">{t.fadingHow(strengthDays)}</p></div>
            <Lines label={t.fadingHow(strengthDays)} ticks={AHEAD.map(t.day)} format={(share) => percent(share)} max={1} series={SUMMARIES.map((level) => ({ name: t.levelNames[level]!, colour: LEVELS.indexOf(level), values: fading(summaries, level, AHEAD, strengthDays) }))} />
          </section>
        )
      }
    </Loaded>
  );
}

function Taken({ sizes }: { sizes: Sizes }) {
  return (
    <section className="card">
      <div className="pane-head"><div><h2>{t.went}</h2><p className="small muted">{t.wentHow}</p></div></div>
      {sizes.demotions.length === 0 ? <p className="muted" style={{ padding: '12px 16px' }}>{t.nothingTaken}</p> : (
        <div className="table-wrap" style={{ maxHeight: 300, overflowY: 'auto' }} tabIndex={0} role="region" aria-label={t.went}>
          <table aria-label={t.went}>
            <thead>
              <tr><th scope="col">{t.when}</th><th scope="col">{t.summary}</th><th scope="col">{t.change}</th><th scope="col">{t.because}</th><th scope="col" className="num">{t.freed}</th></tr>
            </thead>
            <tbody>
              {sizes.demotions.map((one, index) => (
                <tr key={index}>
                  <td><Time at={one.at} /></td>
                  <td className="nowrap">{t.levelNames[one.level]} <span className="muted">#{one.summary}</span></td>
                  <td className="nowrap">{t.summaryStates[one.from]} → {t.summaryStates[one.to]}</td>
                  <td>{t.becauseHow(percent(one.retention))}</td>
                  <td className="num nowrap">{bytes(one.bytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Summaries({ scope }: { scope: Scope }) {
  const [level, setLevel] = useState('profile');
  const found = useInfiniteQuery({
    queryKey: ['memory', 'levels', scope, level],
    queryFn: ({ pageParam }) => get('/api/memory/levels', { query: { ...scope, level, after: pageParam, limit: 50 } }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <section className="card">
      <div className="pane-head" style={{ flexWrap: 'wrap' }}>
        <h2>{t.summaries}</h2>
        <Segments label={t.level} value={level} onChange={setLevel} options={SUMMARIES.map((value) => ({ value, label: t.levelNames[value]! }))} />
      </div>
      <Loaded query={found} rows={3}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.items as unknown as Summary[]);
          return all.length === 0 ? <Empty icon="brain" title={t.noSummaries}>{t.noSummariesHow}</Empty> : <ol className="memory-line" aria-label={t.summaries}>{all.map((one) => <li key={one.id}><SummaryView summary={one} dated /></li>)}</ol>;
        }}
      </Loaded>
      {found.hasNextPage && <div style={{ padding: '0 16px 14px' }}><Button busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{text.common.loadMore}</Button></div>}
    </section>
  );
}

export function SummaryView({ summary, dated }: { summary: Summary; dated?: boolean }) {
  return (
    <div className="memory-short">
      <div className="row small muted" style={{ gap: '2px 12px', flexWrap: 'wrap' }}>
        <strong>{dated ? `#${summary.id}` : t.inShort}</strong>
        {dated && <span>{dateTime(summary.from)} – {dateTime(summary.to)}</span>}
        {summary.state !== 'full' && <span className={`pill ${summary.state === 'dropped' ? 'bad' : 'warn'}`}>{t.summaryStates[summary.state]}</span>}
        <span>{t.writer(summary.writer)}</span>
        <span>{t.retained(percent(summary.retention))}</span>
        {summary.recalls > 0 && <span>{t.times(summary.recalls)}</span>}
      </div>
      <p className="break">{summary.state === 'dropped' ? <span className="muted">{t.droppedHow}</span> : summary.text}</p>
    </div>
  );
}
