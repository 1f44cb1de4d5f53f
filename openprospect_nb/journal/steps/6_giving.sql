ALTER TABLE purchases ADD COLUMN given_at TEXT;
ALTER TABLE purchases ADD COLUMN doubted_at TEXT;
-- What was bought before is taken for known: whoever bought it has had it in hand since.
UPDATE purchases SET given_at = coalesce(bound_at, finished_at, intended_at)
WHERE order_id IS NOT NULL OR (kind = 'PROFILE' AND profile_id IS NOT NULL);
