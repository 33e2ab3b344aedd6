-- What an evaluation found to rank a collection's chunks best; null for the defaults.

alter table collections add column calibration jsonb;
