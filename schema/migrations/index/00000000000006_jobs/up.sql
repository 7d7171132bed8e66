-- Work that is done after the answer, by whichever gateway takes it first: a row is locked while it is worked on, and
-- gone when it is done.
CREATE TABLE jobs (
    job_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind            text NOT NULL,
    work            jsonb NOT NULL,
    -- Where the work is: only a gateway that has this node can do it. NULL: anywhere.
    storage_node_id bigint REFERENCES storage_nodes,
    created_at      timestamptz NOT NULL DEFAULT now(),
    -- Not before.
    due_at          timestamptz NOT NULL DEFAULT now(),
    -- How often it failed, and why last.
    failures        integer NOT NULL DEFAULT 0,
    last_error      text
);

CREATE INDEX jobs_due ON jobs (due_at);
