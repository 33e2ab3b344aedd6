-- Who may do what: API keys, their budgets, the audit log, and what makes a repeated request safe.

create table api_keys (
  id                  text primary key,
  tenant_id           uuid not null references tenants,
  name                text not null,
  prefix              text not null,          -- shown to people; the secret itself is never stored
  secret_sha256       bytea not null unique,  -- of 256 random bits, so a fast hash is enough
  verbs               text[] not null,
  collections         text[],                 -- null: all
  filter              jsonb,                  -- documents outside it do not exist for this key
  principals          text[] not null default '{}',
  reads_all           boolean not null default false,
  requests_per_minute int,
  tokens_per_day      bigint,
  created_by          text not null,
  created_at          timestamptz not null default now(),
  expires_at          timestamptz,
  revoked_at          timestamptz,
  last_used_at        timestamptz
);
create index on api_keys (tenant_id, created_at);

create table api_key_usage (
  tenant_id uuid not null references tenants,
  key_id    text not null references api_keys on delete cascade,
  day       date not null,
  requests  bigint not null default 0,
  tokens    bigint not null default 0,
  primary key (key_id, day)
);

create table audit_log (
  id         bigint generated always as identity primary key,
  tenant_id  uuid not null references tenants,
  at         timestamptz not null default now(),
  actor      text not null,
  action     text not null,
  subject    text not null,
  request_id text not null,
  detail     jsonb not null default '{}'
);
create index on audit_log (tenant_id, at);

create table idempotent_requests (
  tenant_id      uuid not null references tenants,
  key_id         text not null,
  idempotency_key text not null,
  request_sha256 text not null,
  status         int,             -- null while the first request is still running
  content_type   text,
  body           bytea,
  created_at     timestamptz not null default now(),
  primary key (tenant_id, key_id, idempotency_key)
);
create index on idempotent_requests (created_at);

create table responses (
  id         text primary key,
  tenant_id  uuid not null references tenants,
  key_id     text not null,
  created_at timestamptz not null default now(),
  request    jsonb not null,
  response   jsonb not null
);
create index on responses (tenant_id, created_at);

do $$
declare t text;
begin
  foreach t in array array['api_keys', 'api_key_usage', 'audit_log', 'idempotent_requests', 'responses'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_tenant_or_system on %I using (tenant_id = engram_tenant() or engram_system()) '
      'with check (tenant_id = engram_tenant() or engram_system())', t);
  end loop;
end $$;
