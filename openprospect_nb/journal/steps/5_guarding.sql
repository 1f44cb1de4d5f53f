ALTER TABLE purchases ADD COLUMN profile_sent_at TEXT;
ALTER TABLE purchases ADD COLUMN again INTEGER;
ALTER TABLE purchases ADD COLUMN lost INTEGER;
ALTER TABLE purchases ADD COLUMN lease_seconds REAL;
-- Earlier versions did not note when a profile's creation left: what has no answer may have been sent.
UPDATE purchases SET profile_sent_at = intended_at WHERE profile_key IS NOT NULL AND profile_id IS NULL;
