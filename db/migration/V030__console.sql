-- The console: sessions of people who signed in, their keys where they came by OpenID Connect, and
-- what was asked of the server in each hour.

-- Only a hash of the cookie is here: whoever reads this table can take over no session.
create table console_sessions (
  token_sha256 bytea primary key,
  tenant_id    uuid not null references tenants,
  key_id       text not null references api_keys on delete cascade,
  created_at   timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at   timestamptz not null
);
create index on console_sessions (expires_at);
create index on console_sessions (key_id);

-- A person is a key whose secret nobody knows: issuer and subject, as the identity provider says.
alter table api_keys add column person text;
create unique index on api_keys (tenant_id, person) where person is not null;

-- Latencies are counts in fixed buckets, so that hours and replicas add up.
create table request_hours (
  tenant_id uuid not null references tenants,
  hour      timestamptz not null,
  operation text not null,
  requests  bigint not null,
  failures  bigint not null,
  tokens    bigint not null,
  latencies bigint[] not null,
  primary key (tenant_id, hour, operation)
);
create index on request_hours (hour);

do $$
declare t text;
begin
  foreach t in array array['console_sessions', 'request_hours'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_tenant_or_system on %I using (tenant_id = engram_tenant() or engram_system()) '
      'with check (tenant_id = engram_tenant() or engram_system())', t);
  end loop;
end $$;
