-- From here on resume() tells of whatever ended without anybody having been told; what ended before is old news.
UPDATE purchases SET given_at = coalesce(finished_at, intended_at) WHERE given_at IS NULL AND problem IS NOT NULL;
