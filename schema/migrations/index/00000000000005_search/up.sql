-- What searches need: the order of studies in one column that always has a value, and parts of attributes in documents.

-- Date and time of a study; one without a date is older than all. An order without NULLs lets a search go on where the
-- last page ended, by one comparison of rows.
ALTER TABLE studies ADD COLUMN newest timestamp NOT NULL
    GENERATED ALWAYS AS (coalesce(study_date + coalesce(study_time, time '00:00'), timestamp '4000-01-01 00:00 BC')) STORED;
CREATE INDEX studies_newest ON studies (newest DESC, study_key DESC);
DROP INDEX studies_newest_first;

-- Studies of many patients are put in order without reading the rows of all of them.
CREATE INDEX studies_patient ON studies (patient_key, newest DESC, study_key DESC);
DROP INDEX studies_patient_key;

-- Exact values of attributes without a column. Studies and series only: for instances, such an index makes every store
-- several times slower.
CREATE INDEX studies_attributes ON studies USING gin (attributes jsonb_path_ops);
CREATE INDEX series_attributes ON series USING gin (attributes jsonb_path_ops);

-- A DA value and the TM value beside it as one moment, a time that is not there being midnight; NULL without a date.
CREATE FUNCTION dicom_moment(day text, hour text) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    digits text := replace(btrim(day), '.', '');
    part text[] := regexp_match(replace(btrim(hour), ':', ''), '^(\d{2})(?:(\d{2})(?:(\d{2}(?:\.\d{1,6})?))?)?$');
BEGIN
    IF digits IS NULL OR digits !~ '^\d{8}$' THEN
        RETURN NULL;
    END IF;
    RETURN make_timestamp(left(digits, 4)::int, substr(digits, 5, 2)::int, right(digits, 2)::int,
        coalesce(part[1], '0')::int, coalesce(part[2], '0')::int, coalesce(part[3], '0')::float);
EXCEPTION WHEN datetime_field_overflow THEN
    RETURN NULL;
END
$$;

-- Timezone Offset From UTC (0008,0201) of a document; NULL when it says none.
CREATE FUNCTION dicom_offset(document jsonb) RETURNS interval LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN said ~ '^[+-](0\d|1[0-4])[0-5]\d$'
        THEN make_interval(mins => (left(said, 1) || '1')::int * (substr(said, 2, 2)::int * 60 + substr(said, 4, 2)::int)) END
    FROM (SELECT btrim(document #>> '{00080201,Value,0}') AS said) AS offset_from_utc
$$;

-- The private element of a group whose block belongs to this creator (PS3.5 §7.8.1), whatever number the block has.
-- `element`: the two last digits of the tag.
CREATE FUNCTION dicom_private(document jsonb, of_group text, element text, creator text) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT document -> (of_group || right(block.key, 2) || element) FROM jsonb_each(document) AS block
    WHERE block.key LIKE of_group || '00__' AND btrim(block.value #>> '{Value,0}') = creator
        AND document ? (of_group || right(block.key, 2) || element)
    LIMIT 1
$$;
