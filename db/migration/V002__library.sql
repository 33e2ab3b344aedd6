-- Collections, files, documents and chunks: the system of record of the retrieval room, and the
-- outbox from which every search index is derived. Every table that holds a tenant's data has
-- row-level security, forced so that it binds the table's owner too. No scope set: no rows.

create table collections (
  id                   text primary key,
  tenant_id            uuid not null references tenants,
  name                 text not null,
  description          text not null default '',
  metadata             jsonb not null default '{}',
  max_chunk_tokens     int,
  chunk_overlap_tokens int,
  expires_after_days   int,
  created_by           text not null,
  created_at           timestamptz not null default now(),
  last_active_at       timestamptz not null default now()
);
create index on collections (tenant_id, created_at, id);

-- Content-addressed originals; the bytes themselves lie in the data folder under the same address.
create table blobs (
  tenant_id  uuid not null references tenants,
  sha256     text not null,
  bytes      bigint not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, sha256)
);

create table files (
  id         text primary key,
  tenant_id  uuid not null references tenants,
  key        text,                       -- the caller's own name for it: one file per tenant and key
  filename   text not null,
  purpose    text not null,
  media_type text,
  version    int not null,
  sha256     text not null,
  bytes      bigint not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  unique (tenant_id, key)
);
create index on files (tenant_id, created_at, id);
create index on files (tenant_id, sha256);

create table file_versions (
  tenant_id  uuid not null references tenants,
  file_id    text not null references files on delete cascade,
  version    int not null,
  sha256     text not null,
  bytes      bigint not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (file_id, version)
);
create index on file_versions (tenant_id, sha256);

-- What the parser made of a blob. The type hint is the file name's ending: the same bytes read
-- differently as Markdown and as plain text.
create table extractions (
  tenant_id      uuid not null references tenants,
  sha256         text not null,
  type_hint      text not null,
  parser_version int not null,
  media_type     text not null,
  title          text,
  language       text,
  page_count     int not null,
  text           text not null,
  structure      jsonb not null,
  warnings       jsonb not null default '[]',
  created_at     timestamptz not null default now(),
  primary key (tenant_id, sha256, type_hint, parser_version)
);

-- A file in a collection. `index_seq` is the change that made its present state searchable: a
-- replica whose index has applied less still reports it as in progress.
create table documents (
  id                   bigint generated always as identity primary key,
  tenant_id            uuid not null references tenants,
  collection_id        text not null references collections,
  file_id              text not null references files,
  version              int not null default 0,
  status               text not null check (status in ('in_progress', 'completed', 'failed', 'cancelled')),
  error_code           text,
  error_message        text,
  attributes           jsonb not null default '{}',
  readers              text[] not null default '{}',
  max_chunk_tokens     int,
  chunk_overlap_tokens int,
  media_type           text,
  title                text,
  language             text,
  page_count           int not null default 0,
  chunk_count          int not null default 0,
  usage_bytes          bigint not null default 0,
  warnings             jsonb not null default '[]',
  index_seq            bigint not null default 0,
  created_by           text not null,
  created_at           timestamptz not null default now(),
  updated_at           timestamptz not null default now(),
  unique (collection_id, file_id)
);
create index on documents (tenant_id, collection_id, created_at, id);
create index on documents (file_id);

create table file_batches (
  id            text primary key,
  tenant_id     uuid not null references tenants,
  collection_id text not null references collections on delete cascade,
  cancelled_at  timestamptz,
  created_by    text not null,
  created_at    timestamptz not null default now()
);
create table file_batch_items (
  tenant_id   uuid not null references tenants,
  batch_id    text not null references file_batches on delete cascade,
  document_id bigint not null references documents on delete cascade,
  primary key (batch_id, document_id)
);
create index on file_batch_items (document_id);

-- `content_hash` covers everything that is indexed of a chunk, so equal hashes mean equal index
-- entries: re-ingesting a changed file keeps the rows (and the vectors) of unchanged chunks.
create table chunks (
  id              bigint generated always as identity primary key,
  tenant_id       uuid not null references tenants,
  collection_id   text not null,
  document_id     bigint not null references documents on delete cascade,
  content_hash    bytea not null,
  ordinal         int not null,
  span_start      int not null,
  span_end        int not null,
  page_from       int not null,
  page_to         int not null,
  boxes           jsonb not null default '[]',
  heading_path    text[] not null default '{}',
  tokens          int not null,
  text            text not null,
  embedding_model text,
  embedding       real[]
);
create index on chunks (document_id, ordinal);
create index on chunks (tenant_id, content_hash) where embedding is not null;

-- The outbox. A sequence would hand out numbers before their transactions commit, and a reader could
-- pass over a smaller number that commits late. So the number is taken under a row lock that is held
-- until commit: numbers become visible in order and without gaps. Take it last in a transaction.
create table index_head (
  only_row    boolean primary key default true check (only_row),
  database_id uuid not null default gen_random_uuid(),
  seq         bigint not null default 0,
  pruned_seq  bigint not null default 0  -- changes up to here are gone: an older index must be rebuilt
);
insert into index_head default values;

create table index_changes (
  seq           bigint primary key,
  tenant_id     uuid not null references tenants,
  document_id   bigint not null,
  drop_document boolean not null default false,
  added         bigint[] not null default '{}',
  removed       bigint[] not null default '{}',
  created_at    timestamptz not null default now()
);

create index on index_changes (document_id, seq);

create function engram_next_change() returns bigint language sql volatile as
  $$ update index_head set seq = seq + 1 returning seq $$;

create table uploads (
  id         text primary key,
  tenant_id  uuid not null references tenants,
  filename   text not null,
  purpose    text not null,
  media_type text not null,
  bytes      bigint not null,
  status     text not null check (status in ('pending', 'completed', 'cancelled', 'expired')),
  file_id    text,
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create table upload_parts (
  id         text primary key,
  tenant_id  uuid not null references tenants,
  upload_id  text not null references uploads on delete cascade,
  sha256     text not null,
  bytes      bigint not null,
  created_at timestamptz not null default now()
);
create index on upload_parts (upload_id);
create index on upload_parts (tenant_id, sha256);

create table deletion_receipts (
  id         text primary key,
  tenant_id  uuid not null references tenants,
  subject    text not null,
  deleted_by text not null,
  created_at timestamptz not null default now(),
  receipt    jsonb not null
);
create index on deletion_receipts (tenant_id, created_at);

do $$
declare t text;
begin
  foreach t in array array['collections', 'blobs', 'files', 'file_versions', 'extractions', 'documents',
      'file_batches', 'file_batch_items', 'chunks', 'uploads', 'upload_parts', 'deletion_receipts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_tenant on %I using (tenant_id = engram_tenant()) '
      'with check (tenant_id = engram_tenant())', t);
  end loop;
end $$;

-- The indexer reads the outbox of all tenants, then enters each tenant's own scope for the content.
alter table index_changes enable row level security;
alter table index_changes force row level security;
create policy own_tenant_or_indexer on index_changes
  using (tenant_id = engram_tenant() or engram_system()) with check (tenant_id = engram_tenant() or engram_system());
