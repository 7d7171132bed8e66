-- Without its other conditions a rule would send what nobody wanted sent.
DELETE FROM forwarding_rules WHERE personal_conditions IS NOT NULL;
ALTER TABLE forwarding_rules DROP COLUMN personal_conditions;
