ALTER TABLE forwarding_rules DROP COLUMN deidentified;
