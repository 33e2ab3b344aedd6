-- Bi-temporal facts. Claims are what was said to be so, in the order in which it became known; they
-- are only added and ended. Facts are what follows from the claims that stand, by rule: a row says
-- what held in [valid_from, valid_to) according to what was known in [tx_from, tx_to). A row is never
-- changed but for closing its tx_to.

create table memory_claims (
  tenant_id      uuid not null references tenants,
  id             bigint not null,       -- in the numbering of the tenant's log
  user_id        text not null,
  agent_id       text not null,
  run_id         text not null,
  slot           bytea not null,        -- keyed hash of what can have one value at a time
  subject_hash   bytea not null,
  predicate_hash bytea not null,
  dedupe         bytea not null,        -- keyed hash of the whole claim
  valid_from     timestamptz,           -- null: unknown
  valid_to       timestamptz,           -- null: open
  event_at       timestamptz not null,
  source         text not null,
  rank           int not null,
  corrects       bigint,
  evidenced      boolean not null,      -- stands only while a piece of its evidence does
  body           bytea not null,        -- encrypted: subject, predicate, object, single
  tx_from        timestamptz not null,
  ended_at       timestamptz,
  end_reason     text,
  primary key (tenant_id, id)
);
create unique index memory_claims_dedupe
  on memory_claims (tenant_id, user_id, agent_id, run_id, dedupe) where ended_at is null;
create index memory_claims_slot on memory_claims (tenant_id, user_id, agent_id, run_id, slot)
  where ended_at is null;
create index memory_claims_corrects on memory_claims (tenant_id, corrects)
  where corrects is not null and ended_at is null;
create index memory_claims_subject on memory_claims (tenant_id, user_id, subject_hash);

create table memory_evidence (
  tenant_id    uuid not null references tenants,
  claim_id     bigint not null,
  event_seq    bigint not null,
  user_id      text not null,
  agent_id     text not null,
  run_id       text not null,
  span_start   int not null,
  span_end     int not null,
  quote_digest bytea not null,          -- keyed hash of the quoted text
  removed_at   timestamptz,
  primary key (tenant_id, claim_id, event_seq, span_start, span_end)
);
create index memory_evidence_event on memory_evidence (tenant_id, event_seq);

create table memory_facts (
  tenant_id  uuid not null references tenants,
  user_id    text not null,
  agent_id   text not null,
  run_id     text not null,
  slot       bytea not null,
  claim_id   bigint not null,
  valid_from timestamptz not null,
  valid_to   timestamptz not null,
  tx_from    timestamptz not null,
  tx_to      timestamptz not null,
  check (valid_from < valid_to),
  check (tx_from < tx_to)
);
create index memory_facts_slot on memory_facts (tenant_id, user_id, slot, tx_to);
create index memory_facts_claim on memory_facts (tenant_id, claim_id);
create index memory_facts_now on memory_facts (tenant_id, user_id, valid_to) where tx_to = 'infinity';

do $$
declare t text;
begin
  foreach t in array array['memory_claims', 'memory_evidence', 'memory_facts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_scope on %I using (tenant_id = engram_tenant() '
      'and engram_memory_part(''user'') in (user_id, ''*'') '
      'and engram_memory_part(''agent'') in (agent_id, ''*'') '
      'and engram_memory_part(''run'') in (run_id, ''*''))', t);
  end loop;
end $$;
