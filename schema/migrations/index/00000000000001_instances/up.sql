-- Studies, series and instances: what can be shared. Nothing here names a person.

-- Wild card searches of descriptions. The extension is trusted: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE storage_nodes (
    storage_node_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    url text NOT NULL,
    tier text NOT NULL DEFAULT 'online' CHECK (tier IN ('online', 'archive')),
    takes_new_objects boolean NOT NULL DEFAULT true,
    may_hold_originals boolean NOT NULL DEFAULT true
);

CREATE TABLE studies (
    study_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    study_instance_uid text NOT NULL UNIQUE,
    patient_key uuid NOT NULL,
    study_date date,
    study_time time,
    study_description text,
    modalities_in_study text[] NOT NULL DEFAULT '{}',
    sop_classes_in_study text[] NOT NULL DEFAULT '{}',
    number_of_study_related_series integer NOT NULL DEFAULT 0,
    number_of_study_related_instances integer NOT NULL DEFAULT 0,
    attributes jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
)
-- Counts change with every batch: room for the new version of a row on the same page keeps the indexes out of it.
WITH (fillfactor = 70);

CREATE INDEX studies_newest_first ON studies
    (study_date DESC NULLS LAST, study_time DESC NULLS LAST, study_key DESC);
CREATE INDEX studies_patient_key ON studies (patient_key);
CREATE INDEX studies_description ON studies USING gin (study_description gin_trgm_ops);
CREATE INDEX studies_modalities ON studies USING gin (modalities_in_study);

CREATE TABLE series (
    series_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    study_key bigint NOT NULL REFERENCES studies,
    series_instance_uid text NOT NULL,
    modality text,
    series_number integer,
    series_description text,
    body_part_examined text,
    number_of_series_related_instances integer NOT NULL DEFAULT 0,
    attributes jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- Some modalities use one Series Instance UID in two studies: then it is two series.
    UNIQUE (series_instance_uid, study_key)
)
WITH (fillfactor = 70);

CREATE INDEX series_in_order ON series (study_key, series_number, series_key);
CREATE INDEX series_modality ON series (modality, study_key);
CREATE INDEX series_description ON series USING gin (series_description gin_trgm_ops);

CREATE TABLE instances (
    instance_key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    series_key bigint NOT NULL REFERENCES series,
    sop_instance_uid text NOT NULL UNIQUE,
    sop_class_uid text NOT NULL,
    instance_number integer,
    rows integer,
    columns integer,
    bits_allocated integer,
    number_of_frames integer,
    transfer_syntax_uid text NOT NULL,
    -- No foreign key, which would look the node up for every row: nodes are never deleted, only retired.
    storage_node_id bigint NOT NULL,
    file_path text NOT NULL,
    file_size bigint NOT NULL,
    -- First byte of the data set proper in the file.
    data_set_start bigint NOT NULL,
    digest bytea NOT NULL,
    -- Where each frame lies in the file.
    frame_index bytea NOT NULL,
    frame_count integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('tomogram', 'radiogram', 'ultrasound', 'other')),
    attributes jsonb NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX instances_in_order ON instances (series_key, instance_number, instance_key);

-- lz4 compresses documents several times faster than the default; a server built without it keeps the default.
DO $$
BEGIN
    ALTER TABLE instances ALTER COLUMN attributes SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;

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
