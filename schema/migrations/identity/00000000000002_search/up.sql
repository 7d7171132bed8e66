-- What searches need of attributes in documents.

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
