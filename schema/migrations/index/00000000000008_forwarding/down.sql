ALTER TABLE application_entities DROP COLUMN tls;
