import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { Button, Empty, Field, Input, Page, Segments } from '../kit/kit';
import { ControlView } from '../memory/control';
import { FactsView } from '../memory/facts';
import { LevelsView } from '../memory/levels';
import { RecallView } from '../memory/recall';
import { TimelineView } from '../memory/timeline';
import type { Scope } from '../memory/types';
import { text } from '../text';

const t = text.memory;
const VIEWS = ['timeline', 'facts', 'levels', 'recall', 'control'] as const;
type View = (typeof VIEWS)[number];

/** Whose memories and which view stand in the address, so that a page can be kept and shared. */
export default function Memory() {
  const query = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const user = query.get('user');
  const chosen = query.get('view') as View;
  const view = VIEWS.includes(chosen) ? chosen : 'timeline';
  const scope: Scope | null = user === null ? null : { user, agent: query.get('agent') ?? '*', run: query.get('run') ?? '*' };

  function show(next: Scope, nextView: View) {
    navigate(`/memory?${new URLSearchParams({ ...next, view: nextView })}`);
  }

  return (
    <Page title={t.title} about={t.about}>
      <Whose scope={scope} onChoose={(next) => show(next, view)} />
      {scope === null ? (
        <div className="card"><Empty icon="brain" title={t.choose}>{t.chooseHow}</Empty></div>
      ) : (
        <>
          <div style={{ overflowX: 'auto' }}>
            <Segments label={t.views} value={view} onChange={(next) => show(scope, next)} options={VIEWS.map((value) => ({ value, label: t.viewNames[value] }))} />
          </div>
          {/* Another user's page begins anew. */}
          <div key={`${scope.user}/${scope.agent}/${scope.run}`} className="stack">
            {view === 'timeline' && <TimelineView scope={scope} />}
            {view === 'facts' && <FactsView scope={scope} />}
            {view === 'levels' && <LevelsView scope={scope} />}
            {view === 'recall' && <RecallView scope={scope} />}
            {view === 'control' && <ControlView scope={scope} />}
          </div>
        </>
      )}
    </Page>
  );
}

function Whose({ scope, onChoose }: { scope: Scope | null; onChoose: (scope: Scope) => void }) {
  const [user, setUser] = useState(scope?.user ?? '');
  const [agent, setAgent] = useState(scope?.agent ?? '*');
  const [run, setRun] = useState(scope?.run ?? '*');
  return (
    <form
      className="grid"
      style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(160px, 1fr))', alignItems: 'end' }}
      onSubmit={(event) => {
        event.preventDefault();
        onChoose({ user, agent, run });
      }}
    >
      <Field label={t.user} hint={t.userHint}><Input value={user} autoComplete="off" onChange={(event) => setUser(event.target.value)} /></Field>
      <Field label={t.agent} hint={t.anyHint}><Input value={agent} autoComplete="off" onChange={(event) => setAgent(event.target.value)} /></Field>
      <Field label={t.run} hint={t.anyHint}><Input value={run} autoComplete="off" onChange={(event) => setRun(event.target.value)} /></Field>
      <div><Button look="primary" type="submit" icon="search">{t.show}</Button></div>
    </form>
  );
}
