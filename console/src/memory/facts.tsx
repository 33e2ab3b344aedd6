import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, post } from '../api/client';
import { Button, Confirm, Dialog, Empty, Failed, Field, Input, Loaded, Menu, Note, Status } from '../kit/kit';
import { useToast } from '../kit/toasts';
import { atStep, knownTimes, validTimes } from '../lib/asof';
import { dateTime, fullTime } from '../lib/format';
import { useMay } from '../session';
import { text } from '../text';
import { usePins } from './timeline';
import { placeOf, type Fact, type Scope } from './types';

const t = text.memory;

/** What holds; by the sliders, what held and what was known. */
export function FactsView({ scope }: { scope: Scope }) {
  const history = useQuery({ queryKey: ['memory', 'facts', 'history', scope], queryFn: () => get('/api/memory/facts', { query: { ...scope, history: true } }) });
  return (
    <Loaded query={history}>
      {(data) => {
        const all = data.items as unknown as Fact[];
        return all.length === 0 ? <div className="card"><Empty icon="brain" title={t.noFacts}>{t.noFactsHow}</Empty></div> : <AsOf scope={scope} history={all} />;
      }}
    </Loaded>
  );
}

function AsOf({ scope, history }: { scope: Scope; history: Fact[] }) {
  const [now] = useState(() => new Date().toISOString());
  const known = knownTimes(history, now);
  const valid = validTimes(history);
  const [knownStep, setKnownStep] = useState(Infinity);
  const [validStep, setValidStep] = useState(Infinity);
  const knownAt = atStep(known, knownStep);
  const validAt = atStep(valid, validStep);
  const facts = useQuery({
    queryKey: ['memory', 'facts', scope, validAt, knownAt],
    queryFn: () => get('/api/memory/facts', { query: { ...scope, valid: validAt, known: knownAt, contested: knownAt === null } }),
    placeholderData: (before) => before,
  });
  return (
    <>
      <section className="card pad grid" aria-label={t.asOf} style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 260px), 1fr))' }}>
        <Slider label={t.trueAt} steps={valid} step={validStep} onStep={setValidStep} />
        <Slider label={t.knownAt} steps={known} step={knownStep} onStep={setKnownStep} />
      </section>
      {(knownAt !== null || validAt !== null) && (
        <Note kind="warn" action={<Button small onClick={() => { setKnownStep(Infinity); setValidStep(Infinity); }}>{t.backToNow}</Button>}>{t.past}</Note>
      )}
      <Loaded query={facts}>
        {(data) => <Table scope={scope} facts={data.items as unknown as Fact[]} contested={(data.contested ?? []) as unknown as Fact[]} changing={knownAt === null && validAt === null} />}
      </Loaded>
    </>
  );
}

/** Over the times at which something changes; the last place is now. */
function Slider({ label, steps, step, onStep }: { label: string; steps: string[]; step: number; onStep: (step: number) => void }) {
  const at = atStep(steps, step);
  const shown = at === null ? t.now : dateTime(at);
  const last = steps.length;
  return (
    <Field label={label} hint={<output title={at === null ? undefined : fullTime(at)}>{shown}</output>}>
      <input type="range" min={0} max={last} value={Math.min(step, last)} aria-valuetext={shown} onChange={(event) => onStep(Number(event.target.value) >= last ? Infinity : Number(event.target.value))} />
    </Field>
  );
}

function interval(fact: Fact): string {
  const from = fact.valid_from === null ? t.always : dateTime(fact.valid_from);
  return fact.valid_to === null ? t.since(from) : t.between(from, dateTime(fact.valid_to));
}

function Table({ scope, facts, contested, changing }: { scope: Scope; facts: Fact[]; contested: Fact[]; changing: boolean }) {
  const client = useQueryClient();
  const toast = useToast();
  const mayWrite = useMay('write');
  const pins = usePins(scope);
  const [why, setWhy] = useState<Fact | null>(null);
  const [correcting, setCorrecting] = useState<Fact | null>(null);
  const [retracting, setRetracting] = useState<Fact | null>(null);
  const [undo, setUndo] = useState<Fact | null>(null);
  const retract = useMutation({
    mutationFn: (fact: Fact) => post('/api/memory/facts/{claim}/retract', { path: { claim: fact.claim }, body: { ...placeOf(fact), reason: 'retracted in the console' } }),
    onSuccess: (_, fact) => {
      setRetracting(null);
      setUndo(fact);
      return client.invalidateQueries({ queryKey: ['memory'] });
    },
  });
  const reinstate = useMutation({
    mutationFn: (fact: Fact) => post('/api/memory/facts/{claim}/reinstate', { path: { claim: fact.claim }, body: placeOf(fact) }),
    onSuccess: () => {
      setUndo(null);
      toast('ok', t.undone);
      return client.invalidateQueries({ queryKey: ['memory'] });
    },
    onError: (failure) => toast('bad', failure.message),
  });
  return (
    <>
      {undo && <Note kind="ok" action={<Button small icon="retry" busy={reinstate.isPending} onClick={() => reinstate.mutate(undo)}>{t.undo}</Button>}>{t.retracted(`${undo.subject} ${undo.predicate} ${undo.object}`)}</Note>}
      <div className="card table-wrap">
        {facts.length === 0 ? (
          <Empty icon="brain" title={t.nothingHeld} />
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">{t.fact}</th>
                <th scope="col">{t.holds}</th>
                <th scope="col">{t.knownSince}</th>
                <th scope="col">{t.source}</th>
                <th scope="col"><span className="hidden">{text.common.actions}</span></th>
              </tr>
            </thead>
            <tbody>
              {facts.map((fact) => (
                <tr key={`${fact.claim}/${fact.valid_from}`}>
                  <td className="break" style={{ minWidth: 140 }}>
                    <span className="muted">{fact.subject} {fact.predicate}</span> <strong>{fact.object}</strong>
                    {pins.has('claim', fact.claim) && <span className="pill ok" style={{ marginLeft: 6 }}>{t.isPinned}</span>}
                  </td>
                  <td className="small">{interval(fact)}</td>
                  <td className="small nowrap"><time dateTime={fact.known_from} title={fullTime(fact.known_from)}>{dateTime(fact.known_from)}</time></td>
                  <td><span className="tag">{fact.source}</span></td>
                  <td className="actions">
                    <Button small onClick={() => setWhy(fact)}>{t.why}</Button>
                    {mayWrite && changing && (
                      <Menu
                        label={t.actionsOf(`${fact.subject} ${fact.predicate}`)}
                        choices={[
                          { id: 'pin', label: pins.has('claim', fact.claim) ? t.unpin : t.pin, icon: 'pin', run: () => pins.toggle('claim', fact.claim, placeOf(fact)) },
                          { id: 'correct', label: t.correct, icon: 'check', run: () => setCorrecting(fact) },
                          { id: 'retract', label: t.retract, icon: 'close', danger: true, run: () => setRetracting(fact) },
                        ]}
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      {contested.length > 0 && (
        <section className="card pad stack" aria-labelledby="contested">
          <h2 id="contested">{t.contested}</h2>
          <p className="muted">{t.contestedHow}</p>
          <ul>{contested.map((fact) => <li key={fact.claim} className="break">{fact.subject} {fact.predicate} <strong>{fact.object}</strong> <span className="tag">{fact.source}</span></li>)}</ul>
        </section>
      )}
      {why && <Why fact={why} onClose={() => setWhy(null)} />}
      {correcting && <Correct fact={correcting} onClose={() => setCorrecting(null)} />}
      {retracting && (
        <Confirm title={t.retractTitle} action={t.retract} busy={retract.isPending} error={retract.error} onConfirm={() => retract.mutate(retracting)} onClose={() => { retract.reset(); setRetracting(null); }}>
          {t.retractHow}
        </Confirm>
      )}
    </>
  );
}

/** Quotations of a fact, and all that ever held in its place. */
function Why({ fact, onClose }: { fact: Fact; onClose: () => void }) {
  const place = placeOf(fact);
  const quotes = useQuery({ queryKey: ['memory', 'verify', fact.claim], queryFn: () => get('/api/memory/facts/{claim}/verify', { path: { claim: fact.claim }, query: { ...place } }) });
  const story = useQuery({ queryKey: ['memory', 'story', fact.claim], queryFn: () => get('/api/memory/facts/{claim}/story', { path: { claim: fact.claim }, query: { ...place } }) });
  return (
    <Dialog wide title={`${fact.subject} ${fact.predicate} ${fact.object}`} about={t.whyAbout(fact.source, dateTime(fact.event_at))} onClose={onClose} footer={<Button onClick={onClose}>{text.common.close}</Button>}>
      <h3>{t.evidence}</h3>
      <Loaded query={quotes} rows={2}>
        {(data) =>
          data.quotations.length === 0 ? (
            <p className="muted">{t.noEvidence}</p>
          ) : (
            <ul className="stack">
              {data.quotations.map((quote) => (
                <li key={`${quote.evidence.event}/${quote.evidence.span.start}`}>
                  <q className="break">{quote.text}</q> <span className="muted small">#{quote.evidence.event}</span> <span className={`pill ${quote.is_intact ? 'ok' : 'bad'}`}>{quote.is_intact ? t.intact : t.notIntact}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <h3>{t.story}</h3>
      <Loaded query={story} rows={2}>
        {(data) => (
          <div className="table-wrap">
            <table>
              <thead>
                <tr><th scope="col">{t.fact}</th><th scope="col">{t.holds}</th><th scope="col">{t.believed}</th></tr>
              </thead>
              <tbody>
                {(data.items as unknown as Fact[]).map((one, index) => (
                  <tr key={index}>
                    <td className="break"><strong>{one.object}</strong> <span className="tag">{one.source}</span> {one.known_to === null && <Status value="active" />}</td>
                    <td className="small">{interval(one)}</td>
                    <td className="small">{one.known_to === null ? t.since(dateTime(one.known_from)) : t.between(dateTime(one.known_from), dateTime(one.known_to))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}

function Correct({ fact, onClose }: { fact: Fact; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const [object, setObject] = useState(fact.object);
  const correct = useMutation({
    mutationFn: () =>
      post('/api/memory/facts/{claim}/correct', {
        path: { claim: fact.claim },
        body: { ...placeOf(fact), fact: { subject: fact.subject, predicate: fact.predicate, object, single: fact.single, valid_from: fact.valid_from ?? undefined, valid_to: fact.valid_to ?? undefined, event_at: new Date().toISOString(), source: 'operator' } },
      }),
    onSuccess: () => {
      toast('ok', t.corrected);
      onClose();
      return client.invalidateQueries({ queryKey: ['memory'] });
    },
  });
  return (
    <Dialog
      title={t.correctTitle}
      about={t.correctHow}
      onClose={onClose}
      onSubmit={() => correct.mutate()}
      footer={<><Button onClick={onClose}>{text.common.cancel}</Button><Button look="primary" type="submit" busy={correct.isPending}>{t.correct}</Button></>}
    >
      <Field label={`${fact.subject} ${fact.predicate}`}><Input value={object} required autoFocus onChange={(event) => setObject(event.target.value)} /></Field>
      {correct.error && <Failed error={correct.error} />}
    </Dialog>
  );
}
