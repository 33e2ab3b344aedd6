import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import { Button, Field, Input, Note, Segments } from '../kit/kit';
import { answerWords, warm } from '../lib/heat';
import { percent } from '../lib/format';
import { text } from '../text';
import { AskForm } from './ask-form';
import { useModels } from './choose';
import { HeatScale, HeatText } from './heat';
import type { Attribution } from './types';

const t = text.models;
const STRONGEST = 8;

type Way = 'chat' | 'continue';

interface Answered {
  prompt: string;
  /** Where in the prompt what was typed is. */
  part: { start: number; end: number };
  answer: string;
  found: Attribution;
}

async function ask(model: string, way: Way, typed: string, most: number): Promise<Answered | null> {
  const sampling = { model, max_tokens: most, temperature: 0 };
  if (way === 'continue') {
    const said = (await post('/v1/completions', { body: { ...sampling, prompt: typed } as never })) as unknown as { choices: { text: string }[] };
    const answer = said.choices[0]?.text ?? '';
    if (answer === '') return null;
    const found = (await post('/api/engine/attribution', { body: { model, prompt: typed, answer } as never })) as unknown as Attribution;
    return { prompt: typed, part: { start: 0, end: typed.length }, answer, found };
  }
  const messages = [{ role: 'user', content: typed }];
  const written = (await post('/api/engine/prompt', { body: { model, messages } })) as unknown as { prompt: string; messages: ({ start: number; end: number } | null)[] };
  const said = (await post('/v1/chat/completions', { body: { ...sampling, messages } as never })) as unknown as { choices: { message: { content: string } }[] };
  const answer = said.choices[0]?.message.content ?? '';
  if (answer === '') return null;
  const found = (await post('/api/engine/attribution', { body: { model, prompt: written.prompt, answer, marks: true } as never })) as unknown as Attribution;
  return { prompt: written.prompt, part: written.messages[0] ?? { start: 0, end: written.prompt.length }, answer, found };
}

/** Lets a model answer, and shows which words of the prompt it attended to while it did. */
export function AttentionView() {
  const models = useModels();
  const [way, setWay] = useState<Way>('chat');
  const [typed, setTyped] = useState('');
  const [most, setMost] = useState('48');
  const asked = useMutation({ mutationFn: () => ask(models.model, way, typed, Math.min(256, Math.max(1, Number(most) || 48))) });
  return (
    <AskForm
      models={models}
      asked={asked}
      typed={typed}
      onType={setTyped}
      words={{
        about: t.attentionHow,
        submit: t.answer,
        nothing: t.nothingAsked,
        nothingHow: t.nothingAskedHow,
        ...(way === 'chat' ? { label: t.message, hint: t.messageHint, placeholder: t.messagePlaceholder } : { label: t.textToContinue, hint: t.continueHint, placeholder: t.continuePlaceholder }),
      }}
      beside={
        <>
          <Field label={t.tokensMost}><Input type="number" min={1} max={256} required value={most} onChange={(event) => setMost(event.target.value)} /></Field>
          <Segments label={t.way} value={way} onChange={setWay} options={[{ value: 'chat', label: t.ways.chat }, { value: 'continue', label: t.ways.continue }]} />
        </>
      }
    >
      {(answered) => (answered === null ? <Note>{t.saidNothing}</Note> : <AnswerMap key={asked.submittedAt} answered={answered} />)}
    </AskForm>
  );
}

function AnswerMap({ answered }: { answered: Answered }) {
  const { prompt, part, answer, found } = answered;
  const [chosen, setChosen] = useState<number | null>(null);
  const words = answerWords(answer, found.tokens);
  const shares = chosen === null ? found.spans.map((span) => span.share) : words[chosen]!.shares;
  const pieces = warm(prompt, part, found.spans.map((span, index) => ({ start: span.start, end: span.end, value: shares[index] ?? 0 })));
  const known = pieces.reduce((sum, piece) => sum + piece.value, 0);
  const strongest = pieces.filter((piece) => piece.value > 0).sort((a, b) => b.value - a.value).slice(0, STRONGEST);
  return (
    <div className="preview">
      <div className="stack">
        <section className="card">
          <div className="pane-head">
            <h2>{t.theAnswer}</h2>
            <Button small aria-pressed={chosen === null} onClick={() => setChosen(null)}>{t.wholeAnswer}</Button>
          </div>
          <div className="answer">
            {words.map((word, index) => (
              <button key={word.start} type="button" className="answer-word" aria-pressed={chosen === index} onClick={() => setChosen(chosen === index ? null : index)}>
                {word.text}
              </button>
            ))}
          </div>
          <p className="small muted" style={{ padding: '0 20px 14px' }}>{t.pickWord}</p>
        </section>
        <section className="card">
          <div className="pane-head">
            <h2>{chosen === null ? t.lookedAt : t.lookedAtFor(words[chosen]!.text.trim())}</h2>
            <HeatScale low={t.little} high={t.much} />
          </div>
          <div className="answer" role="region" aria-label={t.lookedAt} tabIndex={0}>
            <HeatText pieces={pieces} title={(piece) => `${piece.text.trim()}: ${exact(piece.value)}`} />
          </div>
        </section>
      </div>
      <section className="card">
        <div className="pane-head"><h2>{t.strongest}</h2></div>
        <div className="table-wrap" role="group" aria-label={t.strongest} tabIndex={0}>
          <table aria-label={t.strongest}>
            <thead>
              <tr><th scope="col">{t.word}</th><th scope="col" className="num">{t.share}</th><th scope="col" style={{ width: '40%' }}><span className="hidden">{t.share}</span></th></tr>
            </thead>
            <tbody>
              {strongest.map((piece) => (
                <tr key={piece.start}>
                  <td className="break">{piece.text.trim() || '␣'}</td>
                  <td className="num">{exact(piece.value)}</td>
                  <td><div className="bar" aria-hidden="true"><i style={{ width: `${(100 * piece.value) / (strongest[0]?.value || 1)}%` }} /></div></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="small muted" style={{ padding: '10px 16px 14px' }}>{t.restHow(percent(Math.max(0, 1 - known)))}</p>
      </section>
    </div>
  );
}

const exact = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
