-- A calibration is of the build that served when it was made: it goes and comes with it. The serving
-- one's stands in `collections`.
alter table collection_builds add column calibration jsonb;
