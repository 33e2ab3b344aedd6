-- Judged sets, and runs of them against collections. What a run stores of documents are ids and
-- numbers only, so that a deleted document leaves none of its content here. Its columns are json,
-- not jsonb, which would lose the order of measures and fields.

create table judged_sets (
  id              text primary key,
  tenant_id       uuid not null references tenants,
  name            text not null check (length(name) between 1 and 200),
  documents_by    text not null check (documents_by in ('key', 'file_id', 'filename', 'attribute')),
  attribute       text,
  query_count     int not null,
  judgement_count int not null,
  created_by      text not null,
  created_at      timestamptz not null default now(),
  check ((documents_by = 'attribute') = (attribute is not null))
);
create index on judged_sets (tenant_id, id);

create table judged_queries (
  tenant_id  uuid not null references tenants,
  set_id     text not null references judged_sets on delete cascade,
  number     int not null,            -- from 0, in the order of the set
  query_id   text not null,
  text       text not null,
  judgements json not null,          -- grade by document
  answers    json not null,
  primary key (set_id, number)
);

create table evaluation_runs (
  id             text primary key,
  tenant_id      uuid not null references tenants,
  set_id         text not null references judged_sets on delete cascade,
  collection_id  text not null,
  name           text not null,
  configurations json not null,      -- one or two of {name, search}
  answers        boolean not null,
  count_missing  boolean not null,
  seed           bigint not null,
  job_id         uuid,                -- no reference: jobs are forgotten, runs stay
  summary        json,               -- when it is done
  created_by     text not null,
  created_at     timestamptz not null default now(),
  finished_at    timestamptz
);
create index on evaluation_runs (tenant_id, id);
create index on evaluation_runs (set_id);

-- One query under one configuration.
create table evaluation_results (
  tenant_id      uuid not null references tenants,
  run_id         text not null references evaluation_runs on delete cascade,
  query_number   int not null,
  configuration  int not null,
  metrics        json not null,      -- empty where the query counts for nothing
  ranks          json not null,      -- rank by relevant document, where it was found
  top_files      json not null,
  latency_micros bigint not null,
  notes          json not null,
  primary key (run_id, query_number, configuration)
);

do $$
declare t text;
begin
  foreach t in array array['judged_sets', 'judged_queries', 'evaluation_runs', 'evaluation_results'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_tenant_or_system on %I using (tenant_id = engram_tenant() or engram_system()) '
      'with check (tenant_id = engram_tenant() or engram_system())', t);
  end loop;
end $$;
