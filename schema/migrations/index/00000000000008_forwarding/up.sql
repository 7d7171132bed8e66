-- Application entities that we ask for associations may listen with TLS.
ALTER TABLE application_entities ADD COLUMN tls boolean NOT NULL DEFAULT false;

-- What is sent on as it is stored. No personal data: conditions name attributes of the index only.
CREATE TABLE forwarding_rules (
    name                text PRIMARY KEY CHECK (char_length(name) BETWEEN 1 AND 64),
    -- Calling AE title; NULL: any, as with the other conditions.
    source              text,
    modality            text,
    sop_class_uid       text,
    -- Pairs of an attribute and a value; all must match.
    attributes          jsonb NOT NULL,
    -- AE title.
    destination         text NOT NULL,
    -- To send in, where that is possible; NULL: as stored.
    transfer_syntax_uid text,
    created_at          timestamptz NOT NULL DEFAULT now()
);

-- A job that is not tried again unless somebody asks for it.
ALTER TABLE jobs ADD COLUMN failed_at timestamptz;
-- Somebody has the job until it is due.
ALTER TABLE jobs ADD COLUMN taken boolean NOT NULL DEFAULT false;
-- Since when the destination of the job cannot be reached.
ALTER TABLE jobs ADD COLUMN unreachable_since timestamptz;

-- What failed lies in nobody's way.
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (kind, due_at, job_id) WHERE failed_at IS NULL;
-- Destinations one by one, each with what is due.
CREATE INDEX jobs_to ON jobs (kind, storage_node_id, (work->>'to'), due_at, job_id) WHERE failed_at IS NULL;
CREATE INDEX jobs_failed ON jobs (job_id) WHERE failed_at IS NOT NULL;
