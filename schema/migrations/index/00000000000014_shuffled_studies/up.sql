-- The place of a study in an order that says nothing of when it was made or came: random, and the same from page to page.
-- Those who may not know whose studies they are get matches in it.
ALTER TABLE studies ADD COLUMN shuffled uuid NOT NULL DEFAULT gen_random_uuid();
CREATE INDEX studies_shuffled ON studies (shuffled, study_key);
