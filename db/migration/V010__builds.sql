-- Builds of a collection: the same documents cut, analysed and embedded in different ways, side by
-- side. One of them serves. Build 0 is what a collection begins with; it has a row of its own from
-- the day when there is a second.

alter table collections
  add column serving_build int not null default 0,
  -- Answers where the serving one has not reached this process's index yet.
  add column previous_build int,
  add column builds_made int not null default 0;

create table collection_builds (
  tenant_id      uuid not null references tenants,
  collection_id  text not null references collections on delete cascade,
  build          int not null,
  status         text not null
                   check (status in ('building', 'ready', 'serving', 'retired', 'failed', 'cancelled')),
  configuration  jsonb not null,
  index_seq      bigint not null default 0,  -- the change that made it whole in the index
  error_code     text,
  error_message  text,
  created_by     text not null,
  created_at     timestamptz not null,
  ready_at       timestamptz,
  activated_at   timestamptz,
  retired_at     timestamptz,
  primary key (collection_id, build)
);
create unique index collection_builds_one_serving on collection_builds (collection_id)
  where status = 'serving';
create unique index collection_builds_one_candidate on collection_builds (collection_id)
  where status in ('building', 'ready', 'failed');

-- What a build has of a document. Without a row: all of it in build 0, nothing yet in others. One
-- that is pending or failed has no chunks.
create table build_documents (
  tenant_id     uuid not null references tenants,
  collection_id text not null,
  build         int not null,
  document_id   bigint not null references documents on delete cascade,
  state         text not null check (state in ('pending', 'done', 'failed')),
  error_code    text,
  error_message text,
  primary key (document_id, build),
  foreign key (collection_id, build) references collection_builds on delete cascade
);
create index on build_documents (collection_id, build, state, document_id);
create index on documents (collection_id, id);

alter table chunks add column build int not null default 0;

alter table chunk_contexts add column build int not null default 0;
alter table chunk_contexts drop constraint chunk_contexts_pkey;
alter table chunk_contexts add primary key (document_id, build, key);

do $$
declare t text;
begin
  foreach t in array array['collection_builds', 'build_documents'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_tenant on %I using (tenant_id = engram_tenant()) '
      'with check (tenant_id = engram_tenant())', t);
  end loop;
end $$;
