CREATE TABLE purchases (
    account TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, name TEXT, intent TEXT NOT NULL,
    options TEXT NOT NULL, profile TEXT, icp_hash TEXT, flow TEXT NOT NULL,
    quantity INTEGER, price REAL, budget REAL, cost REAL, currency TEXT,
    profile_key TEXT, profile_creation_id TEXT, profile_id TEXT, order_id TEXT,
    status TEXT, problem TEXT, intended_at TEXT NOT NULL, sent_at TEXT, bound_at TEXT, finished_at TEXT,
    lease_owner TEXT, lease_until REAL,
    PRIMARY KEY (account, key)
) STRICT;
CREATE UNIQUE INDEX purchases_by_name ON purchases (account, name) WHERE name IS NOT NULL;
CREATE INDEX purchases_by_intent ON purchases (account, intent, intended_at);
CREATE INDEX purchases_by_order ON purchases (account, order_id);
