DELETE FROM jobs WHERE kind IN ('describe', 'describing');
DROP INDEX jobs_describe;
DROP TABLE descriptions_gone, descriptors, descriptions;
DROP FUNCTION description_gone(), descriptions_changed();
