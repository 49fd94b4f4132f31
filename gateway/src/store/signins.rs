//! Sign-ins: who proved what, when and where. Every session belongs to one and ends with it.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::authority::Authority;

/// What a sign-in proved, as it is kept. Groups and the rest are those of the last word of the provider; of
/// local accounts only the authentication counts, the account is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The name shown to people.
    pub name: String,
    /// The immutable id at the provider.
    pub subject: String,
    /// The e-mail address, if the provider vouches for it.
    pub email: Option<String>,
    /// Groups as policies know them (`<provider>:<name>`).
    pub groups: Vec<String>,
    /// See [`policy::Authentication::method`].
    pub method: String,
    /// Whether a second factor was used.
    pub mfa: bool,
    /// The methods the provider names.
    pub amr: Vec<String>,
    /// The context class the provider names.
    pub acr: String,
    /// When the person proved who they are, Unix nanoseconds.
    pub at: i64,
}

/// A sign-in as stored; times are Unix nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInRow {
    /// A UUID.
    pub id: String,
    /// Whose it is, as policies know it (`<provider>:<subject>`).
    pub user: String,
    /// Where the account lives: `local` or a provider's name.
    pub provider: String,
    /// What was proved.
    pub signed: Signed,
    /// The provider's own name of the session (`sid`, SessionIndex).
    pub sid: Option<String>,
    /// When it began.
    pub created: i64,
    /// Last use.
    pub seen: i64,
    /// Latest end.
    pub expires: i64,
    /// When the provider was last asked.
    pub refreshed: i64,
    /// What the provider gave, sealed.
    pub tokens: Option<Vec<u8>>,
}

/// Sign-ins of one person; of more, those that were not used for longest end.
const MOST: i64 = 500;

const COLUMNS: &str = "i.id, i.user, i.provider, i.person, i.sid, i.created, i.seen, i.expires, i.refreshed, i.tokens";

impl Store {
    /// Keeps a sign-in; `_open` is the admitted opening of its first session.
    pub async fn insert_sign_in(
        &self,
        _open: &policy::Open,
        row: SignInRow,
    ) -> Result<(), StoreError> {
        let person = serde_json::to_string(&row.signed)?;
        self.run(move |t| {
            bound(t, &row.user)?;
            t.execute(
                "INSERT INTO sign_ins (id, user, provider, person, sid, created, seen, expires, refreshed, tokens)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    row.id, row.user, row.provider, person, row.sid, row.created, row.seen, row.expires,
                    row.refreshed, row.tokens
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// The sign-in with this id, whether or not it has expired.
    pub async fn find_sign_in(&self, id: &str) -> Result<Option<SignInRow>, StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            let sql = format!("SELECT {COLUMNS} FROM sign_ins i WHERE i.id = ?1");
            t.query_row(&sql, [id], raw)
                .optional()?
                .map(read)
                .transpose()
        })
        .await
    }

    /// The sign-in of the session with this hash.
    pub async fn session_sign_in(
        &self,
        id_hash: &str,
    ) -> Result<Option<(SignInRow, String)>, StoreError> {
        let id_hash = id_hash.to_owned();
        self.run(move |t| {
            let sql = format!(
                "SELECT {COLUMNS}, s.host FROM sessions s JOIN sign_ins i ON i.id = s.sign_in WHERE s.id_hash = ?1"
            );
            let found = t
                .query_row(&sql, [id_hash], |row| Ok((raw(row)?, row.get(10)?)))
                .optional()?;
            found.map(|(row, host)| Ok((read(row)?, host))).transpose()
        })
        .await
    }

    /// Sign-ins of a provider that its session `sid` or its person `user` began.
    pub async fn sign_ins_at(
        &self,
        provider: &str,
        sid: Option<&str>,
        user: Option<&str>,
    ) -> Result<Vec<SignInRow>, StoreError> {
        let (provider, sid, user) = (
            provider.to_owned(),
            sid.map(str::to_owned),
            user.map(str::to_owned),
        );
        self.run(move |t| {
            let sql = format!(
                "SELECT {COLUMNS} FROM sign_ins i WHERE i.provider = ?1 AND (?2 IS NOT NULL OR ?3 IS NOT NULL)
                 AND (?2 IS NULL OR i.sid = ?2) AND (?3 IS NULL OR i.user = ?3)"
            );
            let mut statement = t.prepare(&sql)?;
            let rows = statement.query_map(params![provider, sid, user], raw)?;
            rows.map(|row| read(row?)).collect()
        })
        .await
    }

    /// All sign-ins of a provider.
    #[cfg(feature = "saml")]
    pub async fn sign_ins_of(&self, provider: &str) -> Result<Vec<SignInRow>, StoreError> {
        let provider = provider.to_owned();
        self.run(move |t| {
            let sql = format!("SELECT {COLUMNS} FROM sign_ins i WHERE i.provider = ?1");
            let mut statement = t.prepare(&sql)?;
            let rows = statement.query_map([provider], raw)?;
            rows.map(|row| read(row?)).collect()
        })
        .await
    }

    /// Notes what the provider said when it was asked again; `_open` is the admitted refresh.
    pub async fn renew_sign_in(
        &self,
        _open: &policy::Open,
        id: &str,
        (signed, tokens): (Signed, Option<Vec<u8>>),
        refreshed: i64,
    ) -> Result<(), StoreError> {
        let (id, person) = (id.to_owned(), serde_json::to_string(&signed)?);
        self.run(move |t| {
            t.execute(
                "UPDATE sign_ins SET person = ?2, tokens = ?3, refreshed = ?4 WHERE id = ?1",
                params![id, person, tokens, refreshed],
            )?;
            Ok(())
        })
        .await
    }

    /// Notes when sign-ins were last used.
    pub async fn touch_sign_ins(&self, used: Vec<(Arc<str>, i64)>) -> Result<(), StoreError> {
        self.run(move |t| {
            let sql = "UPDATE sign_ins SET seen = ?2 WHERE id = ?1 AND seen < ?2";
            let mut statement = t.prepare_cached(sql)?;
            for (id, seen) in used {
                statement.execute(params![id, seen])?;
            }
            Ok(())
        })
        .await
    }

    /// Ends a sign-in with all its sessions; `_open` is the admitted sign-out.
    pub async fn delete_sign_in(&self, _open: &policy::Open, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            t.execute("DELETE FROM sign_ins WHERE id = ?1", [id])?;
            Ok(())
        })
        .await
    }

    /// Forgets sign-ins that ended before `now` or were last used before `idle`. Takes no right away.
    pub async fn sweep_sign_ins(&self, now: i64, idle: i64) -> Result<usize, StoreError> {
        self.run(move |t| {
            Ok(t.execute(
                "DELETE FROM sign_ins WHERE expires <= ?1 OR seen <= ?2",
                [now, idle],
            )?)
        })
        .await
    }

    /// All sign-ins with the hosts of their sessions, newest first.
    pub async fn sign_ins(&self) -> Result<Vec<(SignInRow, Vec<String>)>, StoreError> {
        self.run(|t| {
            let sql = format!(
                "SELECT {COLUMNS}, coalesce((SELECT group_concat(DISTINCT s.host) FROM sessions s WHERE s.sign_in = i.id), '')
                 FROM sign_ins i ORDER BY i.created DESC, i.id"
            );
            let mut statement = t.prepare(&sql)?;
            let rows = statement.query_map([], |row| Ok((raw(row)?, row.get::<_, String>(10)?)))?;
            rows.map(|row| {
                let (row, hosts) = row?;
                let hosts = hosts.split(',').filter(|host| !host.is_empty());
                Ok((read(row)?, hosts.map(str::to_owned).collect()))
            })
            .collect()
        })
        .await
    }

    /// Ends every sign-in of a user (as policies know it); answers how many.
    pub async fn revoke_user(&self, _by: &Authority, user: &str) -> Result<usize, StoreError> {
        let user = user.to_owned();
        self.run(move |t| Ok(t.execute("DELETE FROM sign_ins WHERE user = ?1", [user])?))
            .await
    }

    /// Ends the sign-ins whose id begins with `prefix`; answers how many.
    pub async fn revoke_sign_in(&self, _by: &Authority, prefix: &str) -> Result<usize, StoreError> {
        let prefix = prefix.to_owned();
        self.run(move |t| {
            Ok(t.execute(
                "DELETE FROM sign_ins WHERE substr(id, 1, length(?1)) = ?1",
                [prefix],
            )?)
        })
        .await
    }
}

/// A row whose person is still text.
/// Makes room for one more sign-in of a person, who could fill the store with them.
fn bound(t: &Transaction<'_>, user: &str) -> Result<(), StoreError> {
    t.execute(
        "DELETE FROM sign_ins WHERE id IN
         (SELECT id FROM sign_ins WHERE user = ?1 ORDER BY seen DESC, id DESC LIMIT -1 OFFSET ?2)",
        params![user, MOST - 1],
    )?;
    Ok(())
}

struct Raw {
    row: SignInRow,
    person: String,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        person: row.get(3)?,
        row: SignInRow {
            id: row.get(0)?,
            user: row.get(1)?,
            provider: row.get(2)?,
            signed: Signed::nobody(),
            sid: row.get(4)?,
            created: row.get(5)?,
            seen: row.get(6)?,
            expires: row.get(7)?,
            refreshed: row.get(8)?,
            tokens: row.get(9)?,
        },
    })
}

fn read(raw: Raw) -> Result<SignInRow, StoreError> {
    Ok(SignInRow {
        signed: serde_json::from_str(&raw.person)?,
        ..raw.row
    })
}

impl Signed {
    fn nobody() -> Signed {
        Signed {
            name: String::new(),
            subject: String::new(),
            email: None,
            groups: Vec::new(),
            method: String::new(),
            mfa: false,
            amr: Vec::new(),
            acr: String::new(),
            at: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_person_has_only_so_many_sign_ins() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("metadata.db")).unwrap();
        let begun = async |user: &'static str, number: i64| {
            let begin = move |t: &Transaction<'_>| {
                bound(t, user)?;
                let id = format!("{user} {number}");
                t.execute(
                    "INSERT INTO sign_ins VALUES (?1, ?2, 'local', ?3, NULL, 1, ?4, 9, 1, NULL)",
                    params![id, user, serde_json::to_string(&Signed::nobody())?, number],
                )?;
                Ok(())
            };
            store.run(begin).await.unwrap();
        };
        begun("bob", 0).await;
        for number in 0..MOST + 10 {
            begun("ana", number).await;
        }
        let found = async |id: &str| store.find_sign_in(id).await.unwrap().is_some();
        assert_eq!(store.sign_ins().await.unwrap().len() as i64, MOST + 1);
        assert!(found("bob 0").await && found("ana 10").await);
        assert!(!found("ana 9").await, "the one not used for longest");
    }
}
