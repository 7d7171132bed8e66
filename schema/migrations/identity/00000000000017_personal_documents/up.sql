-- Exact values of personal attributes without a column (Institution Name, Station Name, Request Attributes Sequence): studies
-- and series only, of which a store seldom writes one. For instances, such an index makes every store several times slower.
CREATE INDEX study_identities_attributes ON study_identities USING gin (attributes jsonb_path_ops);
CREATE INDEX series_identities_attributes ON series_identities USING gin (attributes jsonb_path_ops);
