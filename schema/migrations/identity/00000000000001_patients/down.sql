DROP FUNCTION dicom_instant;
DROP TABLE instance_headers;
DROP TABLE series_identities;
DROP TABLE study_identities;
DROP TABLE patients;
