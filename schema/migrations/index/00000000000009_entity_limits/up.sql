-- What an application entity may have at most, and how it proves who it is.
ALTER TABLE application_entities
    -- Associations at once, in one process; NULL: as configured.
    ADD COLUMN max_associations integer CHECK (max_associations >= 1),
    -- `sha256:` and 64 hexadecimal digits, or `CN=` and a common name; NULL: its title is enough.
    ADD COLUMN certificate text CHECK (certificate ~ '^(sha256:[0-9a-f]{64}|CN=.+)$');
