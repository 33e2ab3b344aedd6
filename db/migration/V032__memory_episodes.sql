-- The episodic bank. An episode is a span of one session's positions, derived from the log by rule,
-- without any text. What is forgotten leaves its episode in the transaction that forgets it.

create table memory_episodes (
  tenant_id     uuid not null references tenants,
  id            bigint not null,       -- the least number of its events when it was made
  user_id       text not null,
  agent_id      text not null,
  run_id        text not null,
  session_id    text not null,
  first         int not null,          -- positions in the session, both inclusive
  last          int not null,
  index_session bigint not null,       -- the session's name within the index
  events        int not null check (events > 0),
  from_at       timestamptz not null,
  to_at         timestamptz not null,
  known_from    timestamptz not null,  -- when the first of its events was written down
  boundary      text not null check (boundary in ('session', 'gap', 'topic')),
  primary key (tenant_id, id),
  check (first <= last)
);
create unique index memory_episodes_span
  on memory_episodes (tenant_id, user_id, agent_id, run_id, session_id, first);
create index memory_episodes_time on memory_episodes (tenant_id, user_id, from_at, id);
create index memory_episodes_index on memory_episodes (tenant_id, user_id, index_session);

alter table memory_episodes enable row level security;
alter table memory_episodes force row level security;
create policy own_scope on memory_episodes using (tenant_id = engram_tenant()
  and engram_memory_part('user') in (user_id, '*')
  and engram_memory_part('agent') in (agent_id, '*')
  and engram_memory_part('run') in (run_id, '*'));

-- How far each reader of a tenant's log has come, and in which way it works: another way reads anew.
create table memory_readers (
  tenant_id uuid not null references tenants,
  reader    text not null,
  way       text not null,
  seq       bigint not null,
  primary key (tenant_id, reader)
);
alter table memory_readers enable row level security;
alter table memory_readers force row level security;
create policy tenant_or_system on memory_readers
  using (tenant_id = engram_tenant() or engram_system())
  with check (tenant_id = engram_tenant() or engram_system());
