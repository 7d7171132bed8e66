DROP INDEX studies_shuffled;
ALTER TABLE studies DROP COLUMN shuffled;
