-- The scope that row-level security checks, the tenants, and the ledger of long work.
--
-- The application sets both values at the start of every transaction (ScopedTransactionManager);
-- outside of one they are unset or empty, and every policy then hides every row.

create function engram_tenant() returns uuid
  language sql stable parallel safe
  as $$ select nullif(current_setting('engram.tenant', true), '')::uuid $$;

create function engram_system() returns boolean
  language sql stable parallel safe
  as $$ select coalesce(current_setting('engram.system', true), '') = 'on' $$;

create table tenants (
  id         uuid primary key,
  name       text not null unique check (length(name) between 1 and 200),
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);

-- The application owns its tables, and an owner passes policies by unless they are forced.
alter table tenants enable row level security;
alter table tenants force row level security;
create policy tenant_or_system on tenants
  using (id = engram_tenant() or engram_system())
  with check (id = engram_tenant() or engram_system());

create table jobs (
  id               uuid primary key,
  tenant_id        uuid references tenants (id) on delete cascade,
  -- Whose turn a job waits for: the tenant, or nobody's for work of the whole system.
  lane             uuid not null generated always as
                     (coalesce(tenant_id, '00000000-0000-0000-0000-000000000000')) stored,
  kind             text not null check (length(kind) between 1 and 64),
  subject          text not null check (length(subject) between 1 and 512),
  params           jsonb not null default '{}',
  state            text not null default 'queued'
                     check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'dead')),
  priority         int not null default 0,
  attempts         int not null default 0,
  max_attempts     int not null check (max_attempts between 1 and 100),
  -- Grows with every claim and never shrinks: whoever holds an older number lost the job.
  fence            bigint not null default 0,
  run_after        timestamptz not null default clock_timestamp(),
  lease_owner      text,
  lease_until      timestamptz,
  cancel_requested boolean not null default false,
  progress         jsonb,
  error_code       text,
  error_message    text,
  created_at       timestamptz not null default clock_timestamp(),
  started_at       timestamptz,
  finished_at      timestamptz,
  check ((state = 'running') = (lease_owner is not null)),
  check ((state = 'running') = (lease_until is not null)),
  check ((state in ('queued', 'running')) = (finished_at is null))
);

-- At most one live job per subject, so that asking twice is asking once.
create unique index jobs_one_active on jobs (lane, kind, subject) where state in ('queued', 'running');
-- A claim walks the lanes in turn and takes the first of a lane.
create index jobs_queue on jobs (lane, priority desc, run_after, id, kind) where state = 'queued';
create index jobs_leases on jobs (lease_until) where state = 'running';
create index jobs_newest on jobs (lane, id desc);
create index jobs_finished on jobs (finished_at) where finished_at is not null;

alter table jobs enable row level security;
alter table jobs force row level security;
create policy tenant_or_system on jobs
  using (tenant_id = engram_tenant() or engram_system())
  with check (tenant_id = engram_tenant() or engram_system());
