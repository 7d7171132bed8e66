ALTER TABLE instances DROP COLUMN left_out;
ALTER TABLE series DROP COLUMN left_out;
ALTER TABLE studies DROP COLUMN left_out;
