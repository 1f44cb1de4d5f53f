CREATE TABLE decisions (
    source TEXT NOT NULL, company_id TEXT NOT NULL, name TEXT NOT NULL, domain TEXT NOT NULL, decision TEXT,
    note TEXT NOT NULL, decided_at TEXT NOT NULL,
    PRIMARY KEY (source, company_id)
);
