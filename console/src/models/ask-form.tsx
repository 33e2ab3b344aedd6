import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button, Empty, Failed, Field, Loading } from '../kit/kit';
import { ModelChoice, WithModels, type useModels } from './choose';

/** What differs between the ways to look into a model. */
interface Words {
  about: string;
  label: string;
  hint: string;
  placeholder: string;
  submit: string;
  nothing: string;
  nothingHow: string;
}

/** A model is chosen and given a text; below stands what came of it. */
export function AskForm<T>({ models, words, typed, onType, asked, beside, children }: {
  models: ReturnType<typeof useModels>;
  words: Words;
  typed: string;
  onType: (typed: string) => void;
  asked: UseMutationResult<T, Error, void>;
  /** Controls beside the choice of the model. */
  beside?: ReactNode;
  children: (found: T) => ReactNode;
}) {
  return (
    <WithModels models={models}>
      <form
        className="card pad stack"
        onSubmit={(event) => {
          event.preventDefault();
          asked.mutate();
        }}
      >
        <p className="muted">{words.about}</p>
        <div className="grid" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 200px), 1fr))', alignItems: 'end', maxWidth: beside ? undefined : 360 }}>
          <ModelChoice models={models} />
          {beside}
        </div>
        <Field label={words.label} hint={words.hint}>
          <textarea className="input" rows={5} required value={typed} placeholder={words.placeholder} onChange={(event) => onType(event.target.value)} />
        </Field>
        <div><Button look="primary" type="submit" icon="spark" busy={asked.isPending}>{words.submit}</Button></div>
      </form>
      {asked.isPending ? (
        <Loading rows={5} />
      ) : asked.error ? (
        <Failed error={asked.error} retry={() => asked.mutate()} />
      ) : asked.data === undefined ? (
        <div className="card"><Empty icon="spark" title={words.nothing}>{words.nothingHow}</Empty></div>
      ) : (
        children(asked.data)
      )}
    </WithModels>
  );
}
