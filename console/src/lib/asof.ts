// The times between which a slider over facts moves: only those at which something changes, so that
// each step shows another state.

export interface Timed {
  valid_from: string | null;
  valid_to: string | null;
  known_from: string;
  known_to: string | null;
  event_at: string;
}

/** Ascending, each once. */
function times(values: (string | null)[], until: string): string[] {
  const known = values.filter((value): value is string => value !== null && Date.parse(value) <= Date.parse(until));
  return [...new Set(known)].sort((a, b) => Date.parse(a) - Date.parse(b) || (a < b ? -1 : 1));
}

/** When what was known changed. */
export function knownTimes(facts: Timed[], now: string): string[] {
  return times(facts.flatMap((fact) => [fact.known_from, fact.known_to]), now);
}

/** When what holds changed, by any knowledge; up to now and beyond, for facts may end in the future. */
export function validTimes(facts: Timed[]): string[] {
  return times(facts.flatMap((fact) => [fact.valid_from, fact.valid_to, fact.event_at]), '9999-12-31T23:59:59Z');
}

/** What a slider's place means: the last one is now, as null. */
export function atStep(steps: string[], step: number): string | null {
  return step >= steps.length ? null : (steps[step] ?? null);
}
