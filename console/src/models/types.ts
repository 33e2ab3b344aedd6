// What the engine endpoints answer with; the contract marks nothing as required, these are what comes.

export interface TenantLoad {
  id: string | null;
  name: string | null;
  waiting: number;
  running: number;
  pages: number;
  tier_pages: number;
}

export interface Load {
  waiting: number;
  running: number;
  batch_tokens: number;
  prefix_tokens: number;
  pages_free: number;
  pages_total: number;
  tokens_per_second: number;
  tokens_read: number;
  tokens_written: number;
  tenants: TenantLoad[];
}

export interface Model {
  name: string;
  state: 'absent' | 'loading' | 'loaded' | 'unloading';
  bytes: number | null;
  file_bytes: number;
  origin: 'pulled' | 'placed' | 'settings';
  commit: string | null;
  pulled_at: string | null;
  uses: ('chat' | 'embedding')[];
  kind: 'decoder' | 'encoder' | null;
  context_tokens: number | null;
  failure: string | null;
  load: Load | null;
}

export interface Engine {
  kernels: string;
  memory_bytes: number;
  used_bytes: number;
  tier_bytes: number | null;
  models: Model[];
}

export interface Pull {
  model: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  file: string | null;
  done_bytes: number;
  total_bytes: number;
  failure: string | null;
  started_at: string;
  ended_at: string | null;
}

export interface Attribution {
  spans: { start: number; end: number; share: number }[];
  rest: number;
  tokens: { start: number; end: number; shares: number[]; rest: number }[];
}

export interface Surprise {
  tokens: { token: string; start: number; end: number; surprise: number | null; top: { token: string; surprise: number }[] }[];
  mean_surprise: number | null;
  perplexity: number | null;
}
