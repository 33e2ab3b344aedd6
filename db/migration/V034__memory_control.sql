-- Control over memories: what is pinned, how long it is kept, earlier states and the way back to
-- them, and who read and wrote what.

-- Grows with every destroyed key of the tenant: a process that sees a greater one than before
-- forgets the keys that it knows.
alter table memory_heads add column key_generation bigint not null default 0;

-- An event that a rollback set aside is not there for anybody, and is not erased: the number of the
-- rollback. Its key is free, so that what was undone can be said again.
alter table memory_events add column set_aside bigint;
drop index memory_events_key;
create unique index memory_events_key
  on memory_events (tenant_id, user_id, agent_id, run_id, ingest_key) where set_aside is null;

-- When events were aside, in the numbering of the log.
create table memory_asides (
  tenant_id uuid not null references tenants,
  event_seq bigint not null,
  user_id   text not null,
  agent_id  text not null,
  run_id    text not null,
  from_seq  bigint not null,
  to_seq    bigint,
  primary key (tenant_id, event_seq, from_seq)
);

-- What comes back to what is derived from the log, in the numbering of removals.
alter table memory_removals add column restored boolean not null default false;

create table memory_pins (
  tenant_id uuid not null references tenants,
  kind      text not null check (kind in ('event', 'claim')),
  number    bigint not null,
  user_id   text not null,
  agent_id  text not null,
  run_id    text not null,
  pinned_by text not null,
  pinned_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, kind, number)
);
create index on memory_pins (tenant_id, user_id);

do $$
declare t text;
begin
  foreach t in array array['memory_asides', 'memory_pins'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_scope on %I using (tenant_id = engram_tenant() '
      'and engram_memory_part(''user'') in (user_id, ''*'') '
      'and engram_memory_part(''agent'') in (agent_id, ''*'') '
      'and engram_memory_part(''run'') in (run_id, ''*''))', t);
  end loop;
end $$;

-- A part that is '*' means any here, as in a scope.
create table memory_retention (
  tenant_id  uuid not null references tenants,
  user_id    text not null,
  agent_id   text not null,
  run_id     text not null,
  days       int not null check (days between 1 and 36500),
  set_by     text not null,
  set_at     timestamptz not null default clock_timestamp(),
  checked_at timestamptz,
  outcome    text,
  primary key (tenant_id, user_id, agent_id, run_id)
);

create table memory_snapshots (
  id         uuid primary key,
  tenant_id  uuid not null references tenants,
  user_id    text not null,
  agent_id   text not null,
  run_id     text not null,
  name       text not null check (length(name) between 1 and 200),
  seq        bigint not null,
  known_at   timestamptz not null,
  created_by text not null
);
create index on memory_snapshots (tenant_id, user_id, known_at);

-- Numbers only, never content.
create table memory_accesses (
  id         bigint generated always as identity primary key,
  tenant_id  uuid not null references tenants,
  user_id    text not null,
  agent_id   text not null,
  run_id     text not null,
  at         timestamptz not null,
  actor      text not null,
  operation  text not null,
  writes     boolean not null,
  items      bigint[] not null,
  count      bigint not null,
  request_id text not null
);
create index on memory_accesses (tenant_id, user_id, id);
create index on memory_accesses (at);

do $$
declare t text;
begin
  foreach t in array array['memory_retention', 'memory_snapshots', 'memory_accesses'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_user on %I using ((tenant_id = engram_tenant() '
      'and engram_memory_part(''user'') in (user_id, ''*'')) or engram_system()) '
      'with check ((tenant_id = engram_tenant() '
      'and engram_memory_part(''user'') in (user_id, ''*'')) or engram_system())', t);
  end loop;
end $$;
