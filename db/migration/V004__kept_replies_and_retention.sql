-- What kept replies mention, so that deletions find them without reading them; the name that each
-- version of a file had; and the indexes that forgetting old rows needs.

-- A file or collection that a kept response or reply names. A table, not an array: row-level
-- security lets only plain comparisons use an index.
create table response_mentions (
  tenant_id   uuid not null references tenants,
  response_id text not null references responses on delete cascade,
  subject     text not null,
  primary key (response_id, subject)
);
create index on response_mentions (tenant_id, subject);

create table replay_mentions (
  tenant_id       uuid not null,
  key_id          text not null,
  idempotency_key text not null,
  subject         text not null,
  primary key (tenant_id, key_id, idempotency_key, subject),
  foreign key (tenant_id, key_id, idempotency_key) references idempotent_requests on delete cascade
);
create index on replay_mentions (tenant_id, subject);

do $$
declare t text;
begin
  foreach t in array array['response_mentions', 'replay_mentions'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_tenant_or_system on %I using (tenant_id = engram_tenant() or engram_system()) '
      'with check (tenant_id = engram_tenant() or engram_system())', t);
  end loop;
end $$;

insert into response_mentions (tenant_id, response_id, subject)
  select distinct r.tenant_id, r.id, found[1]
    from responses r, regexp_matches(r.request::text || r.response::text, '((?:file-|vs_)[a-z0-9]{32})', 'g') found;
insert into replay_mentions (tenant_id, key_id, idempotency_key, subject)
  select distinct r.tenant_id, r.key_id, r.idempotency_key, found[1]
    from idempotent_requests r, regexp_matches(encode(r.body, 'escape'), '((?:file-|vs_)[a-z0-9]{32})', 'g') found
    where r.body is not null;

-- Whose response it is was one text, in which the principal '*' looked like a key that reads everything.
update responses set request = jsonb_set(request, '{as}',
    case request ->> 'as' when '*' then 'null' else to_jsonb(string_to_array(request ->> 'as', E'\n')) end)
  where jsonb_typeof(request -> 'as') = 'string';

create index on responses (created_at);
create index on audit_log (at);
create index on jobs (subject, kind);

-- The name says how to read a file, and a new version may have another. Of older versions the
-- present name is the best that is known.
alter table file_versions add column filename text, add column media_type text;
-- An owner passes no policy by where it is forced, and this one has no door for migrations.
alter table files no force row level security;
alter table file_versions no force row level security;
update file_versions v set filename = f.filename, media_type = f.media_type from files f where f.id = v.file_id;
alter table files force row level security;
alter table file_versions force row level security;
create index on files (tenant_id, version) where version > 1;
