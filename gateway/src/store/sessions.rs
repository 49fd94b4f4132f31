//! Sessions: one for each host a sign-in reached, known only by the SHA-256 of their id, so that who reads
//! the database cannot take one over.

use rusqlite::{Transaction, params};

use super::{Store, StoreError};

/// Sessions of one sign-in, which has one for each host; of more, the oldest end.
const MOST: i64 = 500;

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
            bound(t, &session.sign_in)?;
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

/// Makes room for one more session of a sign-in: a browser that forgets its cookies opens one after the other.
fn bound(t: &Transaction<'_>, sign_in: &str) -> Result<(), StoreError> {
    t.execute(
        "DELETE FROM sessions WHERE id_hash IN
         (SELECT id_hash FROM sessions WHERE sign_in = ?1 ORDER BY created DESC LIMIT -1 OFFSET ?2)",
        params![sign_in, MOST - 1],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_sign_in_has_only_so_many_sessions() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("metadata.db")).unwrap();
        let opened = |t: &Transaction<'_>| {
            t.execute(
                "INSERT INTO sign_ins VALUES ('s', 'u', 'p', '{}', NULL, 1, 1, 9, 1, NULL)",
                [],
            )?;
            for number in 0..MOST + 10 {
                bound(t, "s")?;
                let sql = "INSERT INTO sessions VALUES (?1, 's', 'localhost', ?2)";
                t.execute(sql, params![number.to_string(), number])?;
            }
            let sql = "SELECT count(*), min(created) FROM sessions";
            Ok(t.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
        };
        let kept: (i64, i64) = store.run(opened).await.unwrap();
        assert_eq!(kept, (MOST, 10));
    }
}
