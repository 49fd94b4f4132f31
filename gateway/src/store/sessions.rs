//! Sessions: one for each host a sign-in reached, known only by the SHA-256 of their id, so that who reads
//! the database cannot take one over.

use rusqlite::params;

use super::{Store, StoreError};

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Hex SHA-256 of the id in the cookie.
    pub id_hash: String,
    /// The sign-in it belongs to.
    pub sign_in: String,
    /// The host whose cookie it is.
    pub host: String,
    /// Unix nanoseconds.
    pub created: i64,
}

impl Store {
    /// Opens a session; `_open` is the admitted sign-in.
    pub async fn insert_session(
        &self,
        _open: &policy::Open,
        session: SessionRow,
    ) -> Result<(), StoreError> {
        self.run(move |t| {
            t.execute(
                "INSERT INTO sessions (id_hash, sign_in, host, created) VALUES (?1, ?2, ?3, ?4)",
                params![
                    session.id_hash,
                    session.sign_in,
                    session.host,
                    session.created
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Ends the one session; `_open` is the admitted opening of another in its place.
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
}
