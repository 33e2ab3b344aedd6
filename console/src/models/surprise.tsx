import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import { warm } from '../lib/heat';
import { count } from '../lib/format';
import { text } from '../text';
import { AskForm } from './ask-form';
import { useModels } from './choose';
import { HeatScale, HeatText } from './heat';
import type { Surprise } from './types';

const t = text.models;
const EXPECTED = 3;
const SHOWN = 8;

/** Colours a text by how surprising each piece of it is to a model. */
export function SurpriseView() {
  const models = useModels();
  const [typed, setTyped] = useState('');
  const asked = useMutation({
    mutationFn: async () => ({ typed, found: (await post('/api/engine/surprise', { body: { model: models.model, text: typed, top: EXPECTED } })) as unknown as Surprise }),
  });
  return (
    <AskForm models={models} asked={asked} typed={typed} onType={setTyped} words={{ about: t.surpriseHow, label: t.aText, hint: t.aTextHint, placeholder: t.textPlaceholder, submit: t.colour, nothing: t.nothingRead, nothingHow: t.nothingReadHow }}>
      {({ typed: read, found }) => <Coloured typed={read} found={found} />}
    </AskForm>
  );
}

function Coloured({ typed, found }: { typed: string; found: Surprise }) {
  const pieces = warm(typed, { start: 0, end: typed.length }, found.tokens.map((token) => ({ start: token.start, end: token.end, value: token.surprise })));
  const most = [...found.tokens].filter((token) => token.surprise !== null).sort((a, b) => b.surprise! - a.surprise!).slice(0, SHOWN);
  return (
    <>
      <dl className="tiles">
        <div className="card tile"><dt>{t.tokens}</dt><dd>{count(found.tokens.length)}<small>{t.tokensHow}</small></dd></div>
        <div className="card tile"><dt>{t.meanSurprise}</dt><dd>{found.mean_surprise === null ? '–' : t.nats(found.mean_surprise.toFixed(2))}<small>{t.meanHow}</small></dd></div>
        <div className="card tile"><dt>{t.perplexity}</dt><dd>{found.perplexity === null ? '–' : found.perplexity.toFixed(1)}<small>{t.perplexityHow}</small></dd></div>
      </dl>
      <div className="preview">
        <section className="card">
          <div className="pane-head">
            <h2>{t.coloured}</h2>
            <HeatScale low={t.expected} high={t.surprising} />
          </div>
          <div className="answer" role="region" aria-label={t.coloured} tabIndex={0}>
            <HeatText pieces={pieces} title={(piece) => `${piece.text.trim() || '␣'}: ${t.nats(piece.value.toFixed(2))}`} />
          </div>
        </section>
        <section className="card">
          <div className="pane-head"><h2>{t.mostSurprising}</h2></div>
          <div className="table-wrap" role="group" aria-label={t.mostSurprising} tabIndex={0}>
            <table aria-label={t.mostSurprising}>
              <thead>
                <tr><th scope="col">{t.piece}</th><th scope="col" className="num">{t.surprise}</th><th scope="col">{t.instead}</th></tr>
              </thead>
              <tbody>
                {most.map((token) => (
                  <tr key={token.start}>
                    <td><code className="break">{shown(token.token)}</code></td>
                    <td className="num nowrap">{t.nats(token.surprise!.toFixed(2))}</td>
                    <td>{token.top.map((one, index) => <code key={index} className="break">{index > 0 && ', '}{shown(one.token)}</code>)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      </div>
    </>
  );
}

/** Blanks can be seen where they are all that there is to see. */
const shown = (token: string) => token.replaceAll('\n', '⏎').replaceAll(' ', '␣');
