import type { components } from '@schema';
import type { Full } from './client';

type Schema<K extends keyof components['schemas']> = Full<components['schemas'][K]>;
/** The contract does not say which fields may be null; these may. */
type Nullable<T, K extends keyof T> = Omit<T, K> & { [N in K]: T[N] | null };

export type Span = Schema<'Span'>;
export type Source = Schema<'Source'>;
export type Explanation = { label: string; value: number; parts: Explanation[] };
export type Hit = Omit<Schema<'Hit'>, 'explanation'> & { explanation: Explanation | null };
export type Citation = Schema<'AnswerCitation'>;
export type Answer = Omit<Nullable<Schema<'AnswerView'>, 'model'>, 'passages' | 'outcome'> & {
  passages: Hit[];
  outcome: 'generated' | 'extractive' | 'unsupported';
};
export type SearchPage = { hits: Hit[]; has_more: boolean; notes: string[] };
export type Doc = Omit<Nullable<Schema<'Document'>, 'failure' | 'title' | 'language' | 'progress' | 'chunking'>, 'status' | 'attributes'> & {
  status: string;
  attributes: Record<string, unknown>;
};
export type Upserted = { document: Doc; result: string };
export type Store = Nullable<Schema<'VectorStoreView'>, 'expires_at' | 'description' | 'name' | 'chunking_strategy'>;
export type Receipt = Omit<Schema<'Receipt'>, 'removed'> & { removed: Record<string, number> };
export type Job = Nullable<Schema<'JobsJobView'>, 'failure' | 'started_at' | 'finished_at' | 'document'> & { progress?: unknown };
export type Key = Nullable<Schema<'KeyView'>, 'collections' | 'filter' | 'requests_per_minute' | 'tokens_per_day' | 'expires_at' | 'revoked_at' | 'last_used_at'>;
export type Figure = Schema<'EvaluationRunFigure'>;
export type Comparison = Schema<'Comparison'>;
export type ConfigurationSummary = { name: string; metrics: Record<string, Figure>; latency: { p50_ms: number; p95_ms: number; p99_ms: number } };
export type Run = Omit<Nullable<Schema<'EvaluationRun'>, 'failure' | 'finished_at' | 'name'>, 'summary' | 'configurations'> & {
  configurations: { name: string; search: Record<string, unknown> }[];
  summary: { comparisons: Comparison[]; configurations: ConfigurationSummary[]; depth: number; judgements_missing: number; queries: number; queries_left_out: number } | null;
};
export type QueryResult = {
  query_id: string;
  text: string;
  difference: number | null;
  outcomes: { latency_ms: number; metrics: Record<string, number>; ranks: Record<string, number | null>; top_files: string[] }[];
};
export type JudgedSet = Schema<'JudgedSet'>;
export type User = Schema<'SessionUser'>;
export type Session = { user: User | null; csrf_token: string | null; expires_at: string | null; oidc: string | null };
export type Server = Nullable<Schema<'ServerView'>, 'version' | 'chat_model' | 'embedding_model'>;
export type UsageHour = Schema<'UsageHourView'>;
