CREATE TABLE sightings (
    account TEXT NOT NULL, order_id TEXT NOT NULL, status TEXT NOT NULL, seen_at TEXT NOT NULL,
    PRIMARY KEY (account, order_id, status)
) STRICT;
