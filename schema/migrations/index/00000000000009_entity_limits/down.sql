ALTER TABLE application_entities DROP COLUMN certificate, DROP COLUMN max_associations;
