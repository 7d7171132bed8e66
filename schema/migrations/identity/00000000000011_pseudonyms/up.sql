-- What pseudonyms are made with. One row: who has it can tell whose pseudonyms they are, so it stays where personal data are.
CREATE TABLE pseudonym_secrets (
    secret_id  smallint PRIMARY KEY DEFAULT 1 CHECK (secret_id = 1),
    secret     bytea NOT NULL CHECK (length(secret) = 32),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- What was told to those who may see de-identified data only, so that they can ask for it.
CREATE TABLE pseudonyms (
    kind      text NOT NULL CHECK (kind IN ('study', 'series', 'instance', 'patient', 'accession')),
    pseudonym text NOT NULL,
    -- UID, patient_key, or Accession Number.
    original  text NOT NULL,
    PRIMARY KEY (kind, pseudonym)
);
-- What is deleted is forgotten here too.
CREATE INDEX pseudonyms_original ON pseudonyms (original);
