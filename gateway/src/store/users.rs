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
            let mut statement =
                t.prepare("SELECT id, name, hash, disabled, created FROM users ORDER BY name")?;
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

fn one(
    t: &Transaction<'_>,
    column: &'static str,
    value: &str,
) -> Result<Option<UserRow>, StoreError> {
    let sql = format!("SELECT id, name, hash, disabled, created FROM users WHERE {column} = ?1");
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
    })
}

fn with_groups(t: &Transaction<'_>, mut user: UserRow) -> Result<UserRow, StoreError> {
    let mut statement = t.prepare_cached("SELECT grp FROM members WHERE user = ?1 ORDER BY grp")?;
    user.groups = statement
        .query_map([&user.id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(user)
}
