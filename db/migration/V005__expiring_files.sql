-- Files that expire by themselves, as OpenAI's `expires_after` asks. A file that arrives as an upload
-- begins its time when the upload is completed, so until then the upload keeps how long it is.

alter table uploads add column file_expires_after_seconds bigint;
create index on files (tenant_id, expires_at) where expires_at is not null;
