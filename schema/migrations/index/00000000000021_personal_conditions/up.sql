-- Conditions of a rule that name values of personal attributes are in the identity database, under this key. A rule whose
-- conditions are not there makes no sense, and nothing is forwarded by it. NULL: it has none of these.
ALTER TABLE forwarding_rules ADD COLUMN personal_conditions uuid;
