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
