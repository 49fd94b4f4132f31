//! Sessions, known only by the SHA-256 of their id: who reads the database cannot take one over.

use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError};
use crate::authority::Authority;

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Hex SHA-256 of the id in the cookie.
    pub id_hash: String,
    /// Whose it is (`local:<uuid>`).
    pub user_id: String,
    /// Unix nanoseconds.
    pub created: i64,
    /// Last use, Unix nanoseconds.
    pub seen: i64,
    /// Latest end, Unix nanoseconds.
    pub expires: i64,
    /// How the user signed in.
    pub method: String,
}

/// A session with its user's name, for lists.
pub struct SessionList {
    /// The session.
    pub session: SessionRow,
    /// The user's name.
    pub user: String,
}

const COLUMNS: &str = "s.id_hash, s.user, s.created, s.seen, s.expires, s.method";

impl Store {
    /// Opens a session; `_open` is the admitted sign-in.
    pub async fn insert_session(
        &self,
        _open: &policy::Open,
        session: SessionRow,
    ) -> Result<(), StoreError> {
        self.run(move |t| {
            t.execute(
                "INSERT INTO sessions (id_hash, user, created, seen, expires, method) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![session.id_hash, session.user_id, session.created, session.seen, session.expires, session.method],
            )?;
            Ok(())
        })
        .await
    }

    /// The session with this hash, whether or not it has expired.
    pub async fn find_session(&self, id_hash: &str) -> Result<Option<SessionRow>, StoreError> {
        let id_hash = id_hash.to_owned();
        self.run(move |t| {
            let sql = format!("SELECT {COLUMNS} FROM sessions s WHERE s.id_hash = ?1");
            Ok(t.query_row(&sql, [id_hash], read).optional()?)
        })
        .await
    }

    /// Notes that a session was used at `seen`.
    pub async fn touch_session(&self, id_hash: &str, seen: i64) -> Result<(), StoreError> {
        let id_hash = id_hash.to_owned();
        self.run(move |t| {
            t.execute(
                "UPDATE sessions SET seen = ?2 WHERE id_hash = ?1 AND seen < ?2",
                params![id_hash, seen],
            )?;
            Ok(())
        })
        .await
    }

    /// Ends a session; `_open` is the admitted sign-out.
    pub async fn delete_session(
        &self,
        _open: &policy::Open,
        id_hash: &str,
    ) -> Result<(), StoreError> {
        let id_hash = id_hash.to_owned();
        self.run(move |t| {
            t.execute("DELETE FROM sessions WHERE id_hash = ?1", [id_hash])?;
            Ok(())
        })
        .await
    }

    /// Forgets sessions that ended before `now` or were last used before `idle`. Takes no right away.
    pub async fn sweep_sessions(&self, now: i64, idle: i64) -> Result<usize, StoreError> {
        self.run(move |t| {
            Ok(t.execute(
                "DELETE FROM sessions WHERE expires <= ?1 OR seen <= ?2",
                [now, idle],
            )?)
        })
        .await
    }

    /// All sessions, newest first.
    pub async fn sessions(&self) -> Result<Vec<SessionList>, StoreError> {
        self.run(|t| {
            let sql = format!(
                "SELECT {COLUMNS}, u.name FROM sessions s JOIN users u ON u.id = s.user ORDER BY s.created DESC, s.id_hash"
            );
            let mut statement = t.prepare(&sql)?;
            let rows = statement.query_map([], |row| Ok(SessionList { session: read(row)?, user: row.get(6)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Ends every session of a user (`local:<uuid>`); answers how many.
    pub async fn revoke_user(&self, _by: &Authority, user_id: &str) -> Result<usize, StoreError> {
        let user_id = user_id.to_owned();
        self.run(move |t| Ok(t.execute("DELETE FROM sessions WHERE user = ?1", [user_id])?))
            .await
    }

    /// Ends the sessions whose hash begins with `prefix`; answers how many.
    pub async fn revoke_session(&self, _by: &Authority, prefix: &str) -> Result<usize, StoreError> {
        let prefix = prefix.to_owned();
        self.run(move |t| {
            Ok(t.execute(
                "DELETE FROM sessions WHERE substr(id_hash, 1, length(?1)) = ?1",
                [prefix],
            )?)
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    Ok(SessionRow {
        id_hash: row.get(0)?,
        user_id: row.get(1)?,
        created: row.get(2)?,
        seen: row.get(3)?,
        expires: row.get(4)?,
        method: row.get(5)?,
    })
}
