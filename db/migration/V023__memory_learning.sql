-- How far facts were learnt from each tenant's log, and by what: another extractor reads it anew.
create table memory_learning (
  tenant_id uuid primary key references tenants,
  extractor text not null,
  seq       bigint not null
);
alter table memory_learning enable row level security;
alter table memory_learning force row level security;
create policy tenant_or_system on memory_learning
  using (tenant_id = engram_tenant() or engram_system())
  with check (tenant_id = engram_tenant() or engram_system());
