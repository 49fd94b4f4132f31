//! Local users and their groups.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Store, StoreError};
use crate::authority::Authority;

/// A local user.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// `local:<uuid>`; never used again for another user.
    pub id: String,
    /// What the user signs in with.
    pub name: String,
    /// Password hash, PHC text.
    pub hash: String,
    /// Group names, sorted.
    pub groups: Vec<String>,
    /// May not sign in.
    pub disabled: bool,
    /// Unix nanoseconds.
    pub created: i64,
    /// The secret of the second factor, sealed.
    pub otp: Option<Vec<u8>>,
}

/// What changes of a user.
pub enum UserChange {
    /// Whether the user may sign in.
    Disabled(bool),
    /// The password hash, PHC text.
    Hash(String),
    /// Group names.
    Groups(Vec<String>),
    /// The sealed secret of the second factor.
    Otp(Option<Vec<u8>>),
}

/// A user to add.
pub struct NewUser {
    /// `local:<uuid>`.
    pub id: String,
    /// What the user signs in with.
    pub name: String,
    /// Password hash, PHC text.
    pub hash: String,
    /// Group names.
    pub groups: Vec<String>,
    /// Unix nanoseconds.
    pub created: i64,
}

impl Store {
    /// Adds a user; the name must be free in every spelling of its letters.
    pub async fn add_user(&self, _by: &Authority, user: NewUser) -> Result<(), StoreError> {
        self.run(move |t| {
            let added = t.execute(
                "INSERT INTO users (id, name, hash, created) SELECT ?1, ?2, ?3, ?4
                 WHERE NOT EXISTS (SELECT 1 FROM users WHERE name = ?2 COLLATE NOCASE)",
                params![user.id, user.name, user.hash, user.created],
            )?;
            if added == 0 {
                return Err(StoreError::Exists(format!("user `{}`", user.name)));
            }
            for group in &user.groups {
                t.execute(
                    "INSERT OR IGNORE INTO members (user, grp) VALUES (?1, ?2)",
                    params![user.id, group],
                )?;
            }
            Ok(())
        })
        .await
    }

    /// Deletes a user and the user's sessions; answers who it was.
    pub async fn delete_user(&self, _by: &Authority, name: &str) -> Result<UserRow, StoreError> {
        let name = name.to_owned();
        self.run(move |t| {
            let user = one(t, "name", &name)?
                .ok_or_else(|| StoreError::Missing(format!("user `{name}`")))?;
            t.execute("DELETE FROM sign_ins WHERE user = ?1", [&user.id])?;
            t.execute("DELETE FROM users WHERE id = ?1", [&user.id])?;
            Ok(user)
        })
        .await
    }

    /// Changes the user with this id. Sign-ins made with what is no longer good end; answers how many.
    pub async fn change_user(
        &self,
        _by: &Authority,
        id: &str,
        change: UserChange,
    ) -> Result<usize, StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            let ends = !matches!(change, UserChange::Groups(_) | UserChange::Disabled(false));
            apply(t, &id, change)?;
            Ok(match ends {
                true => t.execute("DELETE FROM sign_ins WHERE user = ?1", [&id])?,
                false => 0,
            })
        })
        .await
    }

    /// Takes note that the code of `step` was used; false when it, or a later one, was before. `otp` is the sealed
    /// secret it was made with.
    pub async fn use_code(&self, id: &str, otp: &[u8], step: i64) -> Result<bool, StoreError> {
        let (id, otp) = (id.to_owned(), otp.to_vec());
        self.run(move |t| {
            let sql = "UPDATE users SET otp_step = ?3 WHERE id = ?1 AND otp = ?2 AND otp_step < ?3 AND disabled = 0";
            Ok(t.execute(sql, params![id, otp, step])? > 0)
        })
        .await
    }

    /// The name of every user, by id.
    pub async fn user_names(&self) -> Result<BTreeMap<String, String>, StoreError> {
        self.run(|t| {
            let mut statement = t.prepare("SELECT id, name FROM users")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// All users, by name.
    pub async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        self.run(|t| {
            let mut statement = t.prepare(
                "SELECT id, name, hash, disabled, created, otp FROM users ORDER BY name",
            )?;
            let rows = statement
                .query_map([], read)?
                .collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(|user| with_groups(t, user)).collect()
        })
        .await
    }

    /// The user who signs in as `name`.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<UserRow>, StoreError> {
        let name = name.to_owned();
        self.run(move |t| one(t, "name", &name)).await
    }

    /// The user with this id.
    pub async fn user_by_id(&self, id: &str) -> Result<Option<UserRow>, StoreError> {
        let id = id.to_owned();
        self.run(move |t| one(t, "id", &id)).await
    }
}

fn apply(t: &Transaction<'_>, id: &str, change: UserChange) -> Result<(), StoreError> {
    let changed = match change {
        UserChange::Disabled(disabled) => {
            let sql = "UPDATE users SET disabled = ?2 WHERE id = ?1";
            t.execute(sql, params![id, disabled])?
        }
        UserChange::Hash(hash) => t.execute(
            "UPDATE users SET hash = ?2 WHERE id = ?1",
            params![id, hash],
        )?,
        UserChange::Otp(otp) => {
            let sql = "UPDATE users SET otp = ?2, otp_step = 0 WHERE id = ?1";
            t.execute(sql, params![id, otp])?
        }
        UserChange::Groups(groups) => {
            t.execute("DELETE FROM members WHERE user = ?1", [id])?;
            let sql =
                "INSERT OR IGNORE INTO members (user, grp) SELECT id, ?2 FROM users WHERE id = ?1";
            for group in &groups {
                t.execute(sql, params![id, group])?;
            }
            t.execute("UPDATE users SET id = id WHERE id = ?1", [id])?
        }
    };
    match changed {
        0 => Err(StoreError::Missing(format!("user `{id}`"))),
        _ => Ok(()),
    }
}

fn one(
    t: &Transaction<'_>,
    column: &'static str,
    value: &str,
) -> Result<Option<UserRow>, StoreError> {
    let sql =
        format!("SELECT id, name, hash, disabled, created, otp FROM users WHERE {column} = ?1");
    let user = t.query_row(&sql, [value], read).optional()?;
    user.map(|user| with_groups(t, user)).transpose()
}

fn read(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    Ok(UserRow {
        id: row.get(0)?,
        name: row.get(1)?,
        hash: row.get(2)?,
        groups: Vec::new(),
        disabled: row.get(3)?,
        created: row.get(4)?,
        otp: row.get(5)?,
    })
}

fn with_groups(t: &Transaction<'_>, mut user: UserRow) -> Result<UserRow, StoreError> {
    let mut statement = t.prepare_cached("SELECT grp FROM members WHERE user = ?1 ORDER BY grp")?;
    user.groups = statement
        .query_map([&user.id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(user)
}
