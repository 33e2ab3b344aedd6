-- What keeps memories from being forgotten, and the receipts of what was. A receipt names no content.

create table memory_holds (
  id         uuid primary key,
  tenant_id  uuid not null references tenants,
  user_id    text not null,
  reason     text not null check (length(reason) between 1 and 1000),
  set_by     text not null,
  set_at     timestamptz not null default clock_timestamp()
);
create index on memory_holds (tenant_id, user_id);

create table memory_receipts (
  id         uuid primary key,
  tenant_id  uuid not null references tenants,
  user_id    text not null,
  receipt    json not null,          -- the signed text, byte for byte
  signature  bytea not null,
  created_at timestamptz not null
);
create index on memory_receipts (tenant_id, user_id, created_at);

do $$
declare t text;
begin
  foreach t in array array['memory_holds', 'memory_receipts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_scope on %I using (tenant_id = engram_tenant() '
      'and engram_memory_part(''user'') in (user_id, ''*''))', t);
  end loop;
end $$;
