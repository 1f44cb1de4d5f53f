CREATE TABLE messages (
    email TEXT NOT NULL, bounced INTEGER, at TEXT, kind TEXT NOT NULL, message TEXT NOT NULL, bounce TEXT, reason TEXT,
    value REAL, tool TEXT, kept_at TEXT NOT NULL,
    PRIMARY KEY (email, message)
);
