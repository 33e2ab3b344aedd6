import { BY_DEFAULT, STRATEGIES, overlaps, type Cutting } from '../lib/chunking';
import { count } from '../lib/format';
import { text } from '../text';
import { Field, Input, Select } from './kit';

const t = text.collections;
const MAX_TOKENS_LEAST = 100;

/** Strategy, size and overlap; the server says what is out of bounds. */
export function CuttingFields({ value = BY_DEFAULT, onChange, hint }: { value?: Cutting; onChange: (value: Cutting) => void; hint?: string }) {
  return (
    <>
      <Field label={t.chunking} hint={hint}>
        <Select value={value.strategy} onChange={(strategy) => onChange({ ...value, strategy })} options={STRATEGIES.map((one) => ({ value: one, label: t.strategies[one] }))} />
      </Field>
      <div className="two">
        <Field label={t.maxTokens} hint={value.strategy === 'whole' ? t.wholeSize : t.sizeHint}>
          <Input type="number" min={MAX_TOKENS_LEAST} value={value.maxTokens} onChange={(event) => onChange({ ...value, maxTokens: event.target.value })} />
        </Field>
        {overlaps(value.strategy) && (
          <Field label={t.overlapTokens} hint={t.overlapHint}>
            <Input type="number" min={0} value={value.overlapTokens} onChange={(event) => onChange({ ...value, overlapTokens: event.target.value })} />
          </Field>
        )}
      </div>
    </>
  );
}

/** How documents are cut, in words; null is the default. */
export function cutInWords(chunking: { strategy: string; max_tokens: number; overlap_tokens: number } | null | undefined): string {
  if (!chunking) return t.strategies.auto;
  const how = t.cuts[chunking.strategy.toLowerCase()] ?? chunking.strategy.toLowerCase();
  return t.cutSizes(how, count(chunking.max_tokens), chunking.overlap_tokens > 0 ? count(chunking.overlap_tokens) : null);
}
