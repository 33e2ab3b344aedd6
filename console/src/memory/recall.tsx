import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import type { Explanation } from '../api/types';
import { Button, Empty, Failed, Field, Input, Loading } from '../kit/kit';
import { score } from '../lib/format';
import { shares } from '../lib/score';
import { text } from '../text';
import { EventView, usePins } from './timeline';
import type { MemoryEvent, Scope } from './types';

const t = text.memory;
const COLOURS = 6;

interface Item {
  event: MemoryEvent;
  score: number;
  tokens: number;
  explanation: Explanation;
}

/** What an assistant would be shown for a question, and why. */
export function RecallView({ scope }: { scope: Scope }) {
  const [query, setQuery] = useState('');
  const [items, setItems] = useState('10');
  const [budget, setBudget] = useState('1024');
  const pins = usePins(scope);
  const recall = useMutation({
    mutationFn: () => post('/api/memory/recall', { body: { ...scope, query, items: Number(items) || 10, budget_tokens: Number(budget) || 0, explain: true } }),
  });
  const found = (recall.data?.items ?? []) as unknown as Item[];
  const best = found[0]?.score ?? 0;
  return (
    <>
      <form
        className="card pad grid"
        style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 150px), 1fr))', alignItems: 'end' }}
        onSubmit={(event) => {
          event.preventDefault();
          recall.mutate();
        }}
      >
        <div style={{ gridColumn: '1 / -1' }}><Field label={t.question}><Input value={query} required placeholder={t.questionHint} onChange={(event) => setQuery(event.target.value)} /></Field></div>
        <Field label={t.items}><Input type="number" min={1} max={500} value={items} onChange={(event) => setItems(event.target.value)} /></Field>
        <Field label={t.budget}><Input type="number" min={0} value={budget} onChange={(event) => setBudget(event.target.value)} /></Field>
        <div><Button look="primary" type="submit" icon="search" busy={recall.isPending}>{t.recall}</Button></div>
      </form>
      {recall.isPending ? (
        <Loading rows={4} />
      ) : recall.error ? (
        <Failed error={recall.error} retry={() => recall.mutate()} />
      ) : !recall.data ? (
        <div className="card"><Empty icon="search" title={t.askFirst}>{t.askFirstHow}</Empty></div>
      ) : found.length === 0 ? (
        <div className="card"><Empty icon="search" title={t.nothingRecalled} /></div>
      ) : (
        <>
          <p className="muted small" role="status">{t.recalled(found.length, recall.data.tokens)}</p>
          <ol className="card pad">
            {found.map((item) => (
              <li className="hit" key={item.event.seq}>
                <EventView event={item.event} pins={pins} />
                <ScoreBar item={item} best={best} />
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}

/** What takes from a score stands in words: a bar cannot be shorter than nothing. */
function ScoreBar({ item, best }: { item: Item; best: number }) {
  const parts = shares(item.explanation);
  const less = item.explanation.parts.filter((part) => part.value < 0);
  return (
    <div className="score">
      <div className="score-bar" role="img" aria-label={`${text.playground.scored} ${score(item.score)}: ${item.explanation.parts.map((part) => `${part.label} ${score(part.value)}`).join(', ')}`}>
        {parts.map((part, index) => (
          <i key={part.label} className={`c${index % COLOURS}`} title={`${part.label}: ${score(part.value)}`} style={{ width: `${100 * part.share * Math.min(1, best > 0 ? item.score / best : 0)}%` }} />
        ))}
      </div>
      <span className="small num nowrap">{text.playground.scored} <strong>{score(item.score)}</strong></span>
      <div className="legend">
        {parts.map((part, index) => <span key={part.label}><i className={`c${index % COLOURS}`} />{part.label} {score(part.value)}</span>)}
        {less.map((part) => <span key={part.label}>{part.label} {score(part.value)}</span>)}
      </div>
    </div>
  );
}
