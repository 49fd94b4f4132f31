-- The query index of the audit log. Derived from the segments; delete it and it is rebuilt.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;

CREATE TABLE IF NOT EXISTS record (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    user TEXT,
    actor TEXT,
    actor_kind TEXT,
    app_id TEXT,
    app TEXT,
    app_path TEXT,
    action TEXT NOT NULL,
    resource_kind TEXT,
    resource_id TEXT,
    decision TEXT,
    reasons TEXT,
    intent TEXT,
    parent TEXT,
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS record_id ON record (id);
CREATE INDEX IF NOT EXISTS record_user ON record (user, seq);
CREATE INDEX IF NOT EXISTS record_actor ON record (actor, seq);
CREATE INDEX IF NOT EXISTS record_app_id ON record (app_id, seq);
CREATE INDEX IF NOT EXISTS record_app ON record (app, seq);
CREATE INDEX IF NOT EXISTS record_app_path ON record (app_path, seq);
CREATE INDEX IF NOT EXISTS record_action ON record (action, seq);
CREATE INDEX IF NOT EXISTS record_decision ON record (decision, seq);
CREATE INDEX IF NOT EXISTS record_time ON record (time_ns);
CREATE INDEX IF NOT EXISTS record_intent ON record (intent) WHERE intent IS NOT NULL;
CREATE INDEX IF NOT EXISTS record_parent ON record (parent) WHERE parent IS NOT NULL;

CREATE TABLE IF NOT EXISTS detail (
    id TEXT PRIMARY KEY,
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far the segments and the detail files are read.
CREATE TABLE IF NOT EXISTS position (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    seq INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    detail_segment INTEGER NOT NULL,
    detail_offset INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO position VALUES (1, 0, 0, 0, 0, 0);
PRAGMA user_version = 1;
