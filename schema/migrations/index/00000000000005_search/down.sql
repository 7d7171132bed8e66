DROP FUNCTION dicom_private(jsonb, text, text, text);
DROP FUNCTION dicom_offset(jsonb);
DROP FUNCTION dicom_moment(text, text);
DROP INDEX series_attributes;
DROP INDEX studies_attributes;
CREATE INDEX studies_patient_key ON studies (patient_key);
DROP INDEX studies_patient;
CREATE INDEX studies_newest_first ON studies
    (study_date DESC NULLS LAST, study_time DESC NULLS LAST, study_key DESC);
DROP INDEX studies_newest;
ALTER TABLE studies DROP COLUMN newest;
