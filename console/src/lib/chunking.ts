// How documents are cut, as forms have it and as the two kinds of requests want it.

export const STRATEGIES = ['auto', 'sentences', 'tables', 'code', 'questions', 'tokens', 'recursive', 'whole'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** Sizes as they are typed: empty for the default. */
export interface Cutting {
  strategy: Strategy;
  maxTokens: string;
  overlapTokens: string;
}

export const BY_DEFAULT: Cutting = { strategy: 'auto', maxTokens: '', overlapTokens: '' };

/** The server refuses an overlap for the others. */
export const overlaps = (strategy: Strategy) => ['auto', 'tables', 'tokens', 'recursive'].includes(strategy);

const size = (typed: string) => (typed.trim() === '' ? undefined : Number(typed));

function sizes({ strategy, maxTokens, overlapTokens }: Cutting) {
  return { max: size(maxTokens), overlap: overlaps(strategy) ? size(overlapTokens) : undefined };
}

/** `auto` has no sizes there, and `static` needs both: by structure with some is `structure`. */
export function asStrategy(cutting: Cutting): Record<string, unknown> & { type: string } {
  const { max, overlap } = sizes(cutting);
  const given = { ...(max === undefined ? {} : { max_chunk_size_tokens: max }), ...(overlap === undefined ? {} : { chunk_overlap_tokens: overlap }) };
  if (cutting.strategy === 'auto' && Object.keys(given).length === 0) return { type: 'auto' };
  const type = cutting.strategy === 'auto' ? 'structure' : cutting.strategy;
  return { type, [type]: given };
}

export function asChunking(cutting: Cutting): { strategy: string; max_tokens?: number; overlap_tokens?: number } {
  const { max, overlap } = sizes(cutting);
  return { strategy: cutting.strategy === 'auto' ? 'structure' : cutting.strategy, ...(max === undefined ? {} : { max_tokens: max }), ...(overlap === undefined ? {} : { overlap_tokens: overlap }) };
}
