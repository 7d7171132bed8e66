-- Conditions of forwarding rules that name values of personal attributes. The rules are in the index, which others may share.
CREATE TABLE forwarding_conditions (
    -- As the rule names it.
    conditions_key uuid PRIMARY KEY,
    -- Pairs of an attribute and a value; all must match.
    attributes     jsonb NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);
