DROP TABLE describing, descriptions_gone, descriptors, descriptions;
DROP FUNCTION description_gone(), descriptions_changed();
ALTER TABLE series DROP COLUMN undescribed;
