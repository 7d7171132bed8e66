-- Who the studies of the index are about. This database stays on the institution's network.

-- Wild card searches of names. The extension is trusted: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE patients (
    patient_key uuid PRIMARY KEY,
    patient_id text NOT NULL,
    issuer_of_patient_id text NOT NULL,
    -- Empty, but for objects without Patient ID: nothing tells their patients apart, so each study has its own.
    study_instance_uid text NOT NULL,
    patient_name text,
    -- Without case and accents; component groups with = between them.
    patient_name_folded text,
    patient_birth_date date,
    patient_sex text,
    attributes jsonb NOT NULL,
    UNIQUE (patient_id, issuer_of_patient_id, study_instance_uid)
);

CREATE INDEX patients_id ON patients (patient_id text_pattern_ops);
CREATE INDEX patients_name ON patients USING gin (patient_name_folded gin_trgm_ops);
CREATE INDEX patients_birth_date ON patients (patient_birth_date);

CREATE TABLE study_identities (
    study_instance_uid text PRIMARY KEY,
    patient_key uuid NOT NULL REFERENCES patients,
    accession_number text,
    study_id text,
    referring_physician_name text,
    referring_physician_name_folded text,
    attributes jsonb NOT NULL
);

CREATE INDEX study_identities_patient_key ON study_identities (patient_key);
CREATE INDEX study_identities_accession_number ON study_identities (accession_number text_pattern_ops);
CREATE INDEX study_identities_study_id ON study_identities (study_id text_pattern_ops);
CREATE INDEX study_identities_referring_physician ON study_identities
    USING gin (referring_physician_name_folded gin_trgm_ops);

CREATE TABLE series_identities (
    series_instance_uid text NOT NULL,
    study_instance_uid text NOT NULL REFERENCES study_identities,
    attributes jsonb NOT NULL,
    PRIMARY KEY (series_instance_uid, study_instance_uid)
);

CREATE INDEX series_identities_study ON series_identities (study_instance_uid);

-- The series is written in the same transaction; a foreign key would look it up for every row, and double the time of
-- an insert.
CREATE TABLE instance_headers (
    sop_instance_uid text PRIMARY KEY,
    study_instance_uid text NOT NULL,
    series_instance_uid text NOT NULL,
    -- Of the object that the header is of.
    digest bytea NOT NULL,
    -- DICOM JSON of the whole header, compressed.
    metadata bytea NOT NULL,
    -- Personal attributes of the Instance level; NULL when there are none. They are many where there are private
    -- elements, and seldom searched: as json they cost a third of what jsonb costs to store.
    personal json
)
-- Headers are read by the hundred: they stay in the row as long as it fits into a page.
WITH (toast_tuple_target = 8160);

ALTER TABLE instance_headers ALTER COLUMN metadata SET STORAGE EXTERNAL;
CREATE INDEX instance_headers_series ON instance_headers (study_instance_uid, series_instance_uid);

-- A DT value (PS3.5 §6.2) as a moment in UTC, what is left out being the earliest; NULL when it is no DT value.
-- A value without offset counts as UTC. Only searches of attributes kept in documents need it.
CREATE FUNCTION dicom_instant(value text) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    part text[] := regexp_match(btrim(value),
        '^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2}(?:\.\d{1,6})?))?)?)?)?)?([+-])?(\d{2})?(\d{2})?$');
BEGIN
    IF part IS NULL OR (part[7] IS NULL) <> (part[9] IS NULL) THEN
        RETURN NULL;
    END IF;
    RETURN make_timestamp(part[1]::int, coalesce(part[2], '1')::int, coalesce(part[3], '1')::int,
            coalesce(part[4], '0')::int, coalesce(part[5], '0')::int, coalesce(part[6], '0')::float)
        - coalesce((part[7] || part[8] || ':' || part[9])::interval, '0'::interval);
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
    RETURN NULL;
END
$$;
