// What the memory endpoints answer with; the contract marks nothing as required, these are what comes.

export interface MemoryEvent {
  seq: number;
  user: string;
  agent: string;
  run: string;
  session: string;
  position: number;
  role: string;
  speaker: string;
  at: string;
  text: string;
  importance: number;
  recorded_at: string;
}

export interface Fact {
  claim: number;
  user: string;
  agent: string;
  run: string;
  subject: string;
  predicate: string;
  object: string;
  single: boolean;
  valid_from: string | null;
  valid_to: string | null;
  known_from: string;
  known_to: string | null;
  event_at: string;
  source: string;
  evidence: { event: number; start: number; end: number }[];
}

export interface Episode {
  id: number;
  user: string;
  agent: string;
  run: string;
  session: string;
  first: number;
  last: number;
  events: number;
  from: string;
  to: string;
  boundary: string;
}

export interface Summary {
  id: number;
  user: string;
  agent: string;
  run: string;
  level: string;
  text: string;
  writer: string;
  state: 'full' | 'brief' | 'dropped';
  sources: number[];
  from: string;
  to: string;
  recalls: number;
  retention: number;
}

export interface Sizes {
  levels: { level: string; items: number; bytes: number }[];
  budget_bytes: number;
  used_bytes: number;
  strength_days: number;
  growth: { day: string; level: string; bytes: number }[];
  demotions: { summary: number; level: string; from: string; to: string; retention: number; bytes: number; at: string }[];
}

export interface Pin {
  kind: 'event' | 'claim';
  number: number;
}

export interface Receipt {
  id: string;
  what: string;
  actor: string;
  at: string;
  removed: Record<string, number>;
  remaining: Record<string, number>;
  text: string;
  signature: string;
  public_key: string;
}

export interface Snapshot {
  id: string;
  agent: string;
  run: string;
  name: string;
  known_at: string;
  created_by: string;
}

export interface Difference {
  events_added: number;
  events_gone: number;
  added: MemoryEvent[];
  gone: MemoryEvent[];
  begun: Fact[];
  ended: Fact[];
}

export interface Access {
  id: number;
  at: string;
  actor: string;
  operation: string;
  writes: boolean;
  items: number[];
  count: number;
  request_id: string;
}

/** Whose memories a page shows. An agent or run of `*` means any. */
export interface Scope {
  user: string;
  agent: string;
  run: string;
}

/** Where one memory is kept, for what changes it. */
export const placeOf = (one: { user: string; agent: string; run: string }): Scope => ({ user: one.user, agent: one.agent, run: one.run });
