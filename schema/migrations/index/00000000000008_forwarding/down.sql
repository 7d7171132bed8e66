DROP INDEX jobs_failed, jobs_to, jobs_due;
CREATE INDEX jobs_due ON jobs (due_at);
ALTER TABLE jobs DROP COLUMN unreachable_since;
ALTER TABLE jobs DROP COLUMN taken;
ALTER TABLE jobs DROP COLUMN failed_at;
DROP TABLE forwarding_rules;
ALTER TABLE application_entities DROP COLUMN tls;
