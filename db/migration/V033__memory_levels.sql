-- The compressed bank: what was said, at levels. Each summary knows what it was made of; when one of
-- its sources is forgotten it goes in the same transaction, with all that were made of it.

alter table memory_episodes add column known_to timestamptz not null default '-infinity';
alter table memory_episodes add column summarised boolean not null default false;
create index memory_episodes_unsummarised on memory_episodes (tenant_id, user_id, agent_id, run_id, from_at)
  where not summarised;

create table memory_summaries (
  tenant_id   uuid not null references tenants,
  id          bigint generated always as identity,
  user_id     text not null,
  agent_id    text not null,
  run_id      text not null,
  level       text not null check (level in ('episode', 'topic', 'profile')),
  episode_id  bigint,                -- of an episode's
  topic_id    bigint,                -- the topic's summary that an episode's belongs to
  pending     boolean not null,      -- the next level has not taken it up
  writer      text not null,         -- who wrote it
  state       text not null check (state in ('full', 'brief', 'dropped')),
  body        bytea,                 -- encrypted text; null once it is dropped
  bytes       int not null,
  chars       int not null,
  sources     bigint[] not null,     -- an episode's events; a topic's episodes; the profile's topics
  from_at     timestamptz not null,
  to_at       timestamptz not null,
  made_at     timestamptz not null,
  recalls     int not null default 0,
  recalled_at timestamptz,
  primary key (tenant_id, id),
  check ((body is null) = (state = 'dropped')),
  check (level <> 'profile' or chars <= 16384)
);
create unique index memory_summaries_episode on memory_summaries (tenant_id, episode_id)
  where level = 'episode';
create unique index memory_summaries_profile on memory_summaries (tenant_id, user_id, agent_id, run_id)
  where level = 'profile';
create index memory_summaries_level
  on memory_summaries (tenant_id, user_id, agent_id, run_id, level, to_at, id);
create index memory_summaries_pending on memory_summaries (tenant_id, level, user_id, agent_id, run_id)
  where pending;
create index memory_summaries_topic on memory_summaries (tenant_id, topic_id);
create index memory_summaries_sources on memory_summaries using gin (sources);

-- What the budget took away, without content.
create table memory_demotions (
  tenant_id  uuid not null references tenants,
  id         bigint generated always as identity,
  user_id    text not null,
  agent_id   text not null,
  run_id     text not null,
  summary_id bigint not null,
  level      text not null,
  from_state text not null,
  to_state   text not null,
  retention  real not null,
  bytes      int not null,
  at         timestamptz not null,
  primary key (tenant_id, id)
);
create index memory_demotions_user on memory_demotions (tenant_id, user_id, id);

-- What says nothing that another event does not say. Nothing is taken out of the log: recall leaves it
-- out where it has shown the other.
create table memory_fingerprints (
  tenant_id uuid not null references tenants,
  seq       bigint not null,
  user_id   text not null,
  agent_id  text not null,
  run_id    text not null,
  exact     bytea not null,          -- keyed hash of the words
  bands     bigint[] not null,       -- of MinHash, keyed
  covered_by bigint,                 -- an event that says all that this one says, and perhaps more
  same      boolean not null default false, -- and nothing more
  primary key (tenant_id, seq)
);
create index memory_fingerprints_exact
  on memory_fingerprints (tenant_id, user_id, agent_id, run_id, exact);
create index memory_fingerprints_bands on memory_fingerprints using gin (bands);
create index memory_fingerprints_covered on memory_fingerprints (tenant_id, covered_by)
  where covered_by is not null;

do $$
declare t text;
begin
  foreach t in array array['memory_summaries', 'memory_demotions', 'memory_fingerprints'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_scope on %I using (tenant_id = engram_tenant() '
      'and engram_memory_part(''user'') in (user_id, ''*'') '
      'and engram_memory_part(''agent'') in (agent_id, ''*'') '
      'and engram_memory_part(''run'') in (run_id, ''*''))', t);
  end loop;
end $$;
