-- A file that is deleted takes the upload along that it arrived by; without an index each deletion
-- read every upload of its tenant.

create index on uploads (file_id) where file_id is not null;
