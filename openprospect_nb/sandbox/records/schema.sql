-- Times are microseconds since the epoch, objects are JSON text.

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE counters (kind TEXT PRIMARY KEY, taken INTEGER NOT NULL);
CREATE TABLE replays (
    organisation TEXT, method TEXT, path TEXT, key TEXT, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (organisation, method, path, key)) WITHOUT ROWID;
-- entered_us is when the state was entered on the sandbox clock, stamp_us is what answers say
CREATE TABLE creations (
    profile_creation_id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, organisation TEXT NOT NULL,
    status TEXT NOT NULL, entered_us INTEGER NOT NULL, stamp_us INTEGER NOT NULL, created_us INTEGER NOT NULL,
    profile_id TEXT, profile_name TEXT NOT NULL, message TEXT, content TEXT NOT NULL);
CREATE TABLE profiles (
    profile_id TEXT PRIMARY KEY, organisation TEXT NOT NULL, search_id TEXT NOT NULL, name TEXT NOT NULL,
    content TEXT NOT NULL);
CREATE TABLE searches (
    id TEXT PRIMARY KEY, organisation TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
    created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL, facts TEXT NOT NULL);
CREATE INDEX searches_newest ON searches (organisation, created_us DESC, id);
CREATE TABLE orders (
    order_id TEXT PRIMARY KEY, ordinal INTEGER NOT NULL, organisation TEXT NOT NULL, order_type TEXT NOT NULL,
    status TEXT NOT NULL, entered_us INTEGER NOT NULL, stamp_us INTEGER NOT NULL, created_us INTEGER NOT NULL,
    accepted_us INTEGER, completed_us INTEGER, cancelled_us INTEGER, profile_id TEXT, search_id TEXT,
    company_count INTEGER NOT NULL, message TEXT, admin_notes TEXT, webhook_url TEXT, facts TEXT NOT NULL,
    wishes TEXT NOT NULL);
CREATE INDEX orders_newest ON orders (organisation, created_us DESC, order_id);
CREATE INDEX orders_moving ON orders (entered_us) WHERE status IN ('RECEIVED', 'ACCEPTED', 'IN_PROGRESS');
CREATE INDEX creations_moving ON creations (entered_us) WHERE status IN ('PENDING', 'RUNNING');
CREATE TABLE submissions (order_id TEXT PRIMARY KEY, companies TEXT NOT NULL);
-- rank is dense and grows with delivered_us, so a page is a range, not a scan
CREATE TABLE results (
    id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, rank INTEGER NOT NULL, search_id TEXT NOT NULL,
    company_id TEXT NOT NULL, delivered_us INTEGER NOT NULL, document TEXT NOT NULL);
CREATE UNIQUE INDEX results_page ON results (order_id, rank);
CREATE INDEX results_since ON results (order_id, delivered_us);
CREATE INDEX results_delivery ON results (search_id, delivered_us, company_id);
CREATE TABLE companies (
    search_id TEXT NOT NULL, company_id TEXT NOT NULL, organisation TEXT NOT NULL, result_id INTEGER NOT NULL,
    match_score REAL, review_status TEXT NOT NULL, delivered_us INTEGER NOT NULL, search_text TEXT NOT NULL,
    summary TEXT NOT NULL, PRIMARY KEY (search_id, company_id));
CREATE INDEX companies_best ON companies (search_id, match_score DESC, company_id);
CREATE INDEX companies_one ON companies (company_id, organisation);
CREATE TABLE prospects (
    search_id TEXT NOT NULL, prospect_id TEXT NOT NULL, company_id TEXT NOT NULL, organisation TEXT NOT NULL,
    created_us INTEGER NOT NULL, search_text TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (search_id, prospect_id));
CREATE INDEX prospects_newest ON prospects (organisation, created_us DESC, prospect_id);
CREATE INDEX prospects_one ON prospects (prospect_id, organisation);
CREATE INDEX prospects_company ON prospects (company_id, organisation);
CREATE TABLE blacklists (
    id TEXT PRIMARY KEY, organisation TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
    created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL);
CREATE INDEX blacklists_newest ON blacklists (organisation, created_us DESC, id);
CREATE TABLE entries (
    id TEXT PRIMARY KEY, blacklist_id TEXT NOT NULL REFERENCES blacklists (id) ON DELETE CASCADE,
    digest TEXT NOT NULL, created_us INTEGER NOT NULL, external_id TEXT, domain TEXT, name_city TEXT,
    name_only TEXT, body TEXT NOT NULL);
CREATE UNIQUE INDEX entries_once ON entries (blacklist_id, digest);
CREATE INDEX entries_newest ON entries (blacklist_id, created_us DESC, id);
CREATE TABLE search_blacklists (
    search_id TEXT NOT NULL, place INTEGER NOT NULL,
    blacklist_id TEXT NOT NULL REFERENCES blacklists (id) ON DELETE CASCADE,
    PRIMARY KEY (search_id, blacklist_id)) WITHOUT ROWID;
CREATE TABLE calls (
    label TEXT PRIMARY KEY, window_us INTEGER NOT NULL, counted INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE webhook_attempts (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, body TEXT NOT NULL, attempt INTEGER NOT NULL, status INTEGER,
    error TEXT);
