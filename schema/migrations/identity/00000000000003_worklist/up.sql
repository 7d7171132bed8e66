-- What modalities are to do, and what they say that they did.

CREATE TABLE scheduled_steps (
    scheduled_step_key          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Together they name a Scheduled Procedure Step.
    study_instance_uid          text NOT NULL,
    scheduled_procedure_step_id text NOT NULL,
    -- Date and time at which it is to begin: the order of the worklist.
    starts                      timestamp NOT NULL,
    -- Scheduled Procedure Step Status (0040,0020), which is in the document too.
    status                      text NOT NULL,
    -- Every attribute of the item, names with their folded forms beside them.
    document                    jsonb NOT NULL,
    created_at                  timestamptz NOT NULL DEFAULT now(),
    updated_at                  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (study_instance_uid, scheduled_procedure_step_id)
);

CREATE INDEX scheduled_steps_in_order ON scheduled_steps (starts, scheduled_step_key);
-- What is left to do, which is what modalities ask for.
CREATE INDEX scheduled_steps_open ON scheduled_steps (starts, scheduled_step_key)
    WHERE status NOT IN ('COMPLETED', 'DISCONTINUED');
-- Exact values, in the Items of sequences too: AE title, modality, Patient ID, Accession Number.
CREATE INDEX scheduled_steps_document ON scheduled_steps USING gin (document jsonb_path_ops);

CREATE TABLE performed_steps (
    sop_instance_uid text PRIMARY KEY,
    -- Performed Procedure Step Status (0040,0252), which is in the document too.
    status           text NOT NULL,
    document         jsonb NOT NULL,
    -- AE title or user name.
    created_by       text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now()
);

-- Which Scheduled Procedure Steps a performed one refers to. Those need not be known here.
CREATE TABLE performed_references (
    sop_instance_uid            text NOT NULL REFERENCES performed_steps ON DELETE CASCADE,
    study_instance_uid          text NOT NULL,
    -- Empty when the modality does not know it.
    scheduled_procedure_step_id text NOT NULL,
    PRIMARY KEY (sop_instance_uid, study_instance_uid, scheduled_procedure_step_id)
);

CREATE INDEX performed_references_step ON performed_references (study_instance_uid, scheduled_procedure_step_id);
