-- Storage commitment: what was asked to be kept, and what was answered. UIDs only.
CREATE TABLE commitments (
    transaction_uid text PRIMARY KEY,
    -- AE title or user name.
    requested_by    text NOT NULL,
    -- The AE that waits for a report; NULL: the result is fetched.
    report_to       text,
    -- Items with SOP Class and Instance, and how they were told apart.
    request         jsonb NOT NULL,
    -- What storage nodes found as yet: one for each Item of the request, null where it is another node's to look. Only
    -- while the request is not decided.
    found           jsonb,
    -- NULL: not decided yet.
    result          jsonb,
    requested_at    timestamptz NOT NULL DEFAULT now(),
    decided_at      timestamptz,
    -- When the AE took the report.
    reported_at     timestamptz,
    -- When the report was tried for the last time.
    given_up_at     timestamptz
);

CREATE INDEX commitments_requested_at ON commitments (requested_at);

-- Who may query the worklist and report performed steps. Who could search could see as much before.
ALTER TABLE application_entities ADD COLUMN may_worklist boolean NOT NULL DEFAULT false;
UPDATE application_entities SET may_worklist = may_search;
