import { BY_DEFAULT, STRATEGIES, overlaps, type Cutting } from '../lib/chunking';
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
          <Field label={t.overlapTokens} hint={t.sizeHint}>
            <Input type="number" min={0} value={value.overlapTokens} onChange={(event) => onChange({ ...value, overlapTokens: event.target.value })} />
          </Field>
        )}
      </div>
    </>
  );
}
