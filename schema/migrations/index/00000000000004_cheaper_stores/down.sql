DROP FUNCTION united(text[], text[]);
ALTER TABLE instances ADD CONSTRAINT instances_kind_check
    CHECK (kind IN ('tomogram', 'radiogram', 'ultrasound', 'other'));
