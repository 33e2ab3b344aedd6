import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/client';
import { Empty, Field, Loaded, Select } from '../kit/kit';
import { useUser } from '../session';
import { text } from '../text';

const t = text.models;

/** The models of this process; the one that was chosen last stays chosen while it is there. */
export function useModels() {
  const [chosen, setChosen] = useState('');
  const query = useQuery({ queryKey: ['local-models'], queryFn: async () => ((await get('/api/engine/models')) as unknown as { models: string[] }).models });
  const names = query.data ?? [];
  return { query, names, model: names.includes(chosen) ? chosen : (names[0] ?? ''), choose: setChosen };
}

export function ModelChoice({ models }: { models: ReturnType<typeof useModels> }) {
  return (
    <Field label={t.model}>
      <Select value={models.model} onChange={models.choose} options={models.names.map((value) => ({ value, label: value }))} />
    </Field>
  );
}

/** Nothing can be looked into where no model is. */
export function WithModels({ models, children }: { models: ReturnType<typeof useModels>; children: React.ReactNode }) {
  const user = useUser();
  return (
    <Loaded query={models.query} rows={4}>
      {(names) => (names.length === 0 ? <div className="card"><Empty icon="chip" title={t.none}>{user.operator ? t.noneHow : t.noneAsk}</Empty></div> : <>{children}</>)}
    </Loaded>
  );
}
