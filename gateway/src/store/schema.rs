//! Tables and their migrations, one SQL text per version.

use rusqlite::Connection;

use super::StoreError;

const MIGRATIONS: &[&str] = &["
CREATE TABLE users (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL
) STRICT;
CREATE TABLE members (
  user TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE, grp TEXT NOT NULL,
  PRIMARY KEY (user, grp)
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
  id_hash TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL, method TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions(user);
CREATE TABLE apps (
  id TEXT PRIMARY KEY, host TEXT NOT NULL, path TEXT NOT NULL, source TEXT NOT NULL,
  version INTEGER NOT NULL, created INTEGER NOT NULL, created_by TEXT NOT NULL, UNIQUE (host, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE params (
  app TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (app, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE sets (
  app TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, name TEXT NOT NULL,
  PRIMARY KEY (app, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE versions (
  app TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, version INTEGER NOT NULL,
  spec_hash TEXT NOT NULL, inspection TEXT NOT NULL, policies TEXT NOT NULL,
  created INTEGER NOT NULL, created_by TEXT NOT NULL, PRIMARY KEY (app, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE files (hash TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE version_files (
  app TEXT NOT NULL, version INTEGER NOT NULL, path TEXT NOT NULL, hash TEXT NOT NULL REFERENCES files(hash),
  PRIMARY KEY (app, version, path),
  FOREIGN KEY (app, version) REFERENCES versions(app, version) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX version_files_hash ON version_files(hash);
CREATE TABLE approvals (
  app TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, version INTEGER NOT NULL,
  spec_hash TEXT NOT NULL, policies TEXT NOT NULL, approved INTEGER NOT NULL, approved_by TEXT NOT NULL,
  seq INTEGER NOT NULL, PRIMARY KEY (app, seq)
) STRICT, WITHOUT ROWID;
",
    "ALTER TABLE apps ADD COLUMN env TEXT NOT NULL DEFAULT 'prod';",
    "CREATE TABLE accounts (
  app TEXT NOT NULL REFERENCES apps(id) ON DELETE CASCADE, plugin TEXT NOT NULL, account TEXT NOT NULL,
  PRIMARY KEY (app, plugin)
) STRICT, WITHOUT ROWID;",
    "CREATE TABLE served (
  id_hash TEXT PRIMARY KEY, instance TEXT NOT NULL, file TEXT NOT NULL, expires INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX served_instance ON served(instance);
CREATE INDEX served_expires ON served(expires);",
    // Sessions belong to a sign-in from here on; those from before end.
    "DROP TABLE sessions;
CREATE TABLE sign_ins (
  id TEXT PRIMARY KEY, user TEXT NOT NULL, provider TEXT NOT NULL, person TEXT NOT NULL, sid TEXT,
  created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL, refreshed INTEGER NOT NULL, tokens BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_ins_user ON sign_ins(user);
CREATE INDEX sign_ins_sid ON sign_ins(provider, sid);
CREATE TABLE sessions (
  id_hash TEXT PRIMARY KEY, sign_in TEXT NOT NULL REFERENCES sign_ins(id) ON DELETE CASCADE, host TEXT NOT NULL,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_sign_in ON sessions(sign_in);
ALTER TABLE apps ADD COLUMN auth TEXT NOT NULL DEFAULT 'default';
ALTER TABLE users ADD COLUMN otp BLOB;
ALTER TABLE users ADD COLUMN otp_step INTEGER NOT NULL DEFAULT 0;
CREATE TABLE failures (
  key TEXT PRIMARY KEY, number INTEGER NOT NULL, last INTEGER NOT NULL, locked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX failures_last ON failures(last);
CREATE TABLE services (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, disabled INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL, created_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE service_groups (
  service TEXT NOT NULL REFERENCES services(id) ON DELETE CASCADE, grp TEXT NOT NULL, PRIMARY KEY (service, grp)
) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (
  hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, service TEXT NOT NULL REFERENCES services(id) ON DELETE CASCADE,
  scope TEXT NOT NULL, created INTEGER NOT NULL, created_by TEXT NOT NULL, expires INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_service ON tokens(service);",
];

/// Sets the connection up and runs the migrations that are missing.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
    )?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(StoreError::Newer(version, known));
    }
    for migration in MIGRATIONS
        .iter()
        .skip(usize::try_from(version).unwrap_or_default())
    {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
