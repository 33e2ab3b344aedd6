/** What the playground can turn, as texts of its controls; empty is the server's default. */
export interface Knobs {
  limit: string;
  /** Share of vectors against words, in [0, 1]. */
  vectors: string;
  fusion: string;
  feedback: string;
  hops: string;
  build: string;
  budget: string;
  packing: string;
  widen: string;
  mode: string;
  unsupported: string;
}

export const DEFAULTS: Knobs = { limit: '10', vectors: '', fusion: '', feedback: '', hops: '', build: '', budget: '', packing: '', widen: '', mode: '', unsupported: '' };

/** What searches and questions have in common; only what was turned is named. */
function ranking(knobs: Knobs): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  if (knobs.vectors !== '') {
    body.embedding_weight = round(Number(knobs.vectors));
    body.text_weight = round(1 - Number(knobs.vectors));
  }
  if (knobs.fusion !== '') body.fusion = knobs.fusion;
  if (knobs.feedback !== '') body.feedback = Number(knobs.feedback);
  if (knobs.hops !== '') body.hops = Number(knobs.hops);
  return body;
}

export function searchBody(query: string, knobs: Knobs): Record<string, unknown> {
  const body: Record<string, unknown> = { query, limit: Number(knobs.limit) || 10, explain: true, ...ranking(knobs) };
  if (knobs.build !== '') body.build = Number(knobs.build);
  return body;
}

export function askBody(question: string, collection: string, knobs: Knobs): Record<string, unknown> {
  const body: Record<string, unknown> = { question, collections: [collection], ...ranking(knobs) };
  if (knobs.budget !== '') body.budget_tokens = Number(knobs.budget);
  if (knobs.packing !== '') body.packing = knobs.packing.toLowerCase();
  if (knobs.widen !== '') body.widen = knobs.widen.toLowerCase();
  if (knobs.mode !== '') body.mode = knobs.mode.toLowerCase();
  if (knobs.unsupported !== '') body.unsupported_sentences = knobs.unsupported.toLowerCase();
  return body;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
