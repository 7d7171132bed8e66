-- What this rule wants sent goes de-identified or not at all.
ALTER TABLE forwarding_rules ADD COLUMN deidentified boolean NOT NULL DEFAULT false;
