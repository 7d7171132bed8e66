-- What a store does for every instance.

-- The gateway makes `kind` from a closed list; a constraint is read and checked anew for each statement.
ALTER TABLE instances DROP CONSTRAINT instances_kind_check;

-- Two lists as one without repetitions, in alphabetical order. PL/pgSQL, because a function in SQL would be merged into
-- the statement that calls it and be prepared each time, though most instances bring a study nothing new.
CREATE FUNCTION united(text[], text[]) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN ARRAY(SELECT DISTINCT name COLLATE "C" FROM unnest($1 || $2) AS name ORDER BY 1);
END
$$;
