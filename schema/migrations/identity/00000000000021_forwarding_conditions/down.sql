DROP TABLE forwarding_conditions;
