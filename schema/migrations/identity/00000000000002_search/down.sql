DROP FUNCTION dicom_private(jsonb, text, text, text);
DROP FUNCTION dicom_offset(jsonb);
DROP FUNCTION dicom_moment(text, text);
