-- Pictures as searches by likeness compare them, and the part of the body that each image shows.

-- What was worked out about each image after it was stored.
CREATE TABLE descriptions (
    instance_key bigint PRIMARY KEY REFERENCES instances ON DELETE CASCADE,
    -- The recipe by which its descriptors were made, or were tried to be; 0: not yet.
    version integer NOT NULL,
    -- Why it has none.
    failure text,
    -- Cells of the human figure, one bit each.
    cells bytea NOT NULL CHECK (octet_length(cells) = 64),
    -- Who said so, and when; NULL: the image's attributes.
    set_by text,
    set_at timestamptz,
    -- Tells one state of the row from another; and which transaction made it, for those who follow the changes.
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by xid8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE INDEX descriptions_changed ON descriptions (changed_by);
CREATE INDEX descriptions_version ON descriptions (version);
CREATE INDEX descriptions_failed ON descriptions (failure) WHERE failure IS NOT NULL;

-- The pictures of an image. Whoever writes here touches the image's description.
CREATE TABLE descriptors (
    instance_key bigint NOT NULL REFERENCES instances ON DELETE CASCADE,
    -- 0 a frame as it is, 1 the middle slice of a tomogram, 2 to 4 its projections along rows, columns and slices.
    seen_as smallint NOT NULL CHECK (seen_as BETWEEN 0 AND 4),
    -- From 1.
    frame integer NOT NULL,
    version integer NOT NULL,
    -- Copies of 8, 16 and 32 cells a side with what each leaves out; directions of the gradient.
    small bytea NOT NULL,
    gradient bytea NOT NULL,
    PRIMARY KEY (instance_key, seen_as)
);
-- They do not become smaller, and are read all together.
ALTER TABLE descriptors ALTER COLUMN small SET STORAGE PLAIN, ALTER COLUMN gradient SET STORAGE PLAIN;

-- Descriptions that went with their images. Kept for a day: who was away for longer compares everything.
CREATE TABLE descriptions_gone (
    instance_key bigint NOT NULL,
    gone_at timestamptz NOT NULL DEFAULT now(),
    changed_by xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX descriptions_gone_changed ON descriptions_gone (changed_by);

CREATE FUNCTION description_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO descriptions_gone (instance_key) VALUES (OLD.instance_key);
    PERFORM pg_notify('descriptions', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER gone AFTER DELETE ON descriptions FOR EACH ROW EXECUTE FUNCTION description_gone();

CREATE FUNCTION descriptions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('descriptions', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER changed AFTER INSERT OR UPDATE ON descriptions FOR EACH STATEMENT EXECUTE FUNCTION descriptions_changed();

-- Whether images of a series may not be described: the store sets it in the row that it changes anyway. As most series are
-- new, it is so from the beginning, which leaves the indexes alone.
ALTER TABLE series ADD COLUMN undescribed boolean NOT NULL DEFAULT true;
CREATE INDEX series_undescribed ON series (series_key) WHERE undescribed;

-- Series that somebody describes, or that failed.
CREATE TABLE describing (
    series_key bigint PRIMARY KEY REFERENCES series ON DELETE CASCADE,
    -- Nobody else takes it before.
    due_at timestamptz NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    last_error text,
    -- How often it was begun since it ended in whatever way: a process that was killed at it says nothing.
    begun integer NOT NULL DEFAULT 0
);
