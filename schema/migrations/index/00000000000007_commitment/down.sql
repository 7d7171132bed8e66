ALTER TABLE application_entities DROP COLUMN may_worklist;
DROP TABLE commitments;
