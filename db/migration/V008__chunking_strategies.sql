-- How documents are cut: more ways than by structure, told per collection and per document. Nothing
-- set: the default; sizes without a strategy, from before this: by structure.
alter table collections
  add column chunk_strategy text,
  add column chunk_window int,
  add column chunk_stride int,
  add column chunk_context text;
alter table documents
  add column chunk_strategy text,
  add column chunk_window int,
  add column chunk_stride int,
  add column chunk_context text;

-- `context` is indexed with the text and is no part of it: the header of a cut table, the class
-- around a method, what a model wrote. The parent is the span that a reader of the chunk is shown
-- when the chunk is too little. `gap` is the text between the chunk before and this one, so that a
-- parent's text can be put together from its chunks; null where it is not known, as of chunks from
-- before this, or too long to be kept.
alter table chunks
  add column context text not null default '',
  add column parent_start int,
  add column parent_end int,
  add column gap text;

-- What a model wrote about chunks, by everything that it was asked. Kept as long as the document
-- has such a chunk; goes with the document.
create table chunk_contexts (
  tenant_id   uuid not null references tenants,
  document_id bigint not null references documents on delete cascade,
  key         bytea not null,
  context     text not null,
  created_at  timestamptz not null default now(),
  primary key (document_id, key)
);
create index on chunk_contexts (tenant_id, key);
alter table chunk_contexts enable row level security;
alter table chunk_contexts force row level security;
create policy own_tenant on chunk_contexts using (tenant_id = engram_tenant())
  with check (tenant_id = engram_tenant());
