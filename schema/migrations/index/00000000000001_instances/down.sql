DROP FUNCTION dicom_instant;
DROP TABLE instances;
DROP TABLE series;
DROP TABLE studies;
DROP TABLE storage_nodes;
