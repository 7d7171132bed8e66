-- Without the column they would send what tells whose it is.
DELETE FROM jobs WHERE work->>'deidentify' = 'true';
DELETE FROM forwarding_rules WHERE deidentified;
ALTER TABLE forwarding_rules DROP COLUMN deidentified;
