ALTER TABLE jobs DROP COLUMN failed_at;
DROP TABLE forwarding_rules;
ALTER TABLE application_entities DROP COLUMN tls;
