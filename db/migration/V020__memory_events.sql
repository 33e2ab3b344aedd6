-- The memory room's event log. Rows are seen only within a tenant and, in it, within the user, the
-- agent and the run that the transaction names ('*' for any); where one of them is not named, no row
-- is seen. Texts are encrypted with a key per tenant and user that is not in this database.

create function engram_memory_part(part text) returns text
  language sql stable parallel safe
  as $$ select current_setting('engram.memory_' || part, true) $$;

-- Numbers are given under the lock of a tenant's row, which is held to the commit: they become
-- visible in order. The times of transactions grow with them.
create table memory_heads (
  tenant_id uuid primary key references tenants,
  seq       bigint not null default 0,
  tx_at     timestamptz not null default '-infinity'
);
alter table memory_heads enable row level security;
alter table memory_heads force row level security;
create policy tenant_or_system on memory_heads
  using (tenant_id = engram_tenant() or engram_system())
  with check (tenant_id = engram_tenant() or engram_system());

create table memory_events (
  tenant_id   uuid not null references tenants,
  seq         bigint not null,
  user_id     text not null,
  agent_id    text not null,
  run_id      text not null,
  session_id  text not null,
  position    int not null,
  ingest_key  bytea not null,      -- keyed hash of the caller's key, or of the content
  digest      bytea not null,      -- keyed hash of the content
  role        text not null check (role in ('user', 'assistant', 'system', 'tool', 'recalled')),
  call_id     text,
  at          timestamptz not null,
  importance  real not null check (importance between 0 and 1),
  body        bytea not null,      -- encrypted: text, speaker, attributes
  recorded_at timestamptz not null,
  primary key (tenant_id, seq)
);
create unique index memory_events_key on memory_events (tenant_id, user_id, agent_id, run_id, ingest_key);
create unique index memory_events_session
  on memory_events (tenant_id, user_id, agent_id, run_id, session_id, position);
create index memory_events_user on memory_events (tenant_id, user_id, seq);

-- What went out of the log, in the same numbering, for what is derived from it.
create table memory_removals (
  tenant_id  uuid not null references tenants,
  seq        bigint not null,
  user_id    text not null,
  agent_id   text not null,
  run_id     text not null,
  event_seqs bigint[] not null,
  removed_at timestamptz not null,
  primary key (tenant_id, seq)
);

do $$
declare t text;
begin
  foreach t in array array['memory_events', 'memory_removals'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_scope on %I using (tenant_id = engram_tenant() '
      'and engram_memory_part(''user'') in (user_id, ''*'') '
      'and engram_memory_part(''agent'') in (agent_id, ''*'') '
      'and engram_memory_part(''run'') in (run_id, ''*''))', t);
  end loop;
end $$;
