//! Installed apps: address, source folder, parameters and sets.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{NewVersion, Store, StoreError, versions};
use crate::authority::Authority;

/// How an app is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Env {
    /// Its files are a snapshot; it changes when somebody says so.
    Prod,
    /// It follows its folder and keeps one version.
    Dev,
}

impl Env {
    /// The word in policies, records and lists.
    pub const fn name(self) -> &'static str {
        match self {
            Env::Prod => "prod",
            Env::Dev => "dev",
        }
    }

    fn read(name: &str) -> Env {
        match name {
            "dev" => Env::Dev,
            _ => Env::Prod,
        }
    }
}

/// An app as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRow {
    /// `app_<uuid>`; never used again for another app.
    pub id: String,
    /// Host it is served on; empty for the default one.
    pub host: String,
    /// Path it is served below.
    pub path: String,
    /// Folder it was read from.
    pub source: String,
    /// How it is installed.
    pub env: Env,
    /// Current version.
    pub version: u64,
    /// Operator parameters.
    pub params: BTreeMap<String, String>,
    /// Sets the app is in, sorted.
    pub sets: Vec<String>,
    /// Accounts it is linked to, by the plugin as it loads it.
    pub accounts: BTreeMap<String, String>,
    /// Unix nanoseconds.
    pub created: i64,
    /// Who created it.
    pub created_by: String,
    /// How people sign in for it.
    pub auth: AppAuth,
}

/// How people sign in for an app: `default`, `none`, `builtin`, or the name of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppAuth(String);

impl AppAuth {
    /// Reads the setting as operators and OpenRun write it; whether such a provider exists is asked elsewhere.
    pub fn new(text: &str) -> AppAuth {
        let text = text.strip_prefix("rbac:").unwrap_or(text);
        AppAuth(if text == "default" { "" } else { text }.to_owned())
    }

    /// As operators write it.
    pub fn name(&self) -> &str {
        if self.0.is_empty() {
            "default"
        } else {
            &self.0
        }
    }

    /// As policies know it.
    pub fn policy(&self) -> &str {
        match self.0.as_str() {
            "" => "any",
            "builtin" => "local",
            provider => provider,
        }
    }

    /// Whether people need not sign in.
    pub fn is_none(&self) -> bool {
        self.0 == "none"
    }
}

/// An app to add, with its first version.
pub struct NewApp {
    /// `app_<uuid>`.
    pub id: String,
    /// Host; empty for the default one.
    pub host: String,
    /// Path.
    pub path: String,
    /// Folder it was read from.
    pub source: String,
    /// How it is installed.
    pub env: Env,
    /// How people sign in for it.
    pub auth: AppAuth,
    /// Operator parameters.
    pub params: BTreeMap<String, String>,
    /// Version 1.
    pub first: NewVersion,
}

const COLUMNS: &str = "id, host, path, source, version, created, created_by, env, auth";

impl Store {
    /// Adds an app and its first version; the address must be free.
    pub async fn insert_app(&self, _by: &Authority, app: NewApp) -> Result<(), StoreError> {
        self.run(move |t| {
            let added = t.execute(
                "INSERT INTO apps (id, host, path, source, version, created, created_by, env, auth)
                 VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8) ON CONFLICT (host, path) DO NOTHING",
                params![
                    app.id,
                    app.host,
                    app.path,
                    app.source,
                    app.first.created,
                    app.first.created_by,
                    app.env.name(),
                    app.auth.name()
                ],
            )?;
            if added == 0 {
                return Err(StoreError::Exists(format!("app `{}`", app.path)));
            }
            for (name, value) in &app.params {
                t.execute(
                    "INSERT INTO params (app, name, value) VALUES (?1, ?2, ?3)",
                    params![app.id, name, value],
                )?;
            }
            versions::insert(t, &app.id, 1, &app.first)
        })
        .await
    }

    /// Every app, by host and path.
    pub async fn apps(&self) -> Result<Vec<AppRow>, StoreError> {
        self.run(|t| {
            let mut statement =
                t.prepare(&format!("SELECT {COLUMNS} FROM apps ORDER BY host, path"))?;
            let rows = statement
                .query_map([], read)?
                .collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(|app| complete(t, app)).collect()
        })
        .await
    }

    /// The app at an address.
    pub async fn find_app(&self, host: &str, path: &str) -> Result<Option<AppRow>, StoreError> {
        let (host, path) = (host.to_owned(), path.to_owned());
        self.run(move |t| {
            let sql = format!("SELECT {COLUMNS} FROM apps WHERE host = ?1 AND path = ?2");
            let app = t.query_row(&sql, [host, path], read).optional()?;
            app.map(|app| complete(t, app)).transpose()
        })
        .await
    }

    /// Changes how people sign in for an app.
    pub async fn set_auth(
        &self,
        _by: &Authority,
        id: &str,
        auth: AppAuth,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            let sql = "UPDATE apps SET auth = ?2 WHERE id = ?1";
            match t.execute(sql, params![id, auth.name()])? {
                0 => Err(StoreError::Missing(format!("app `{id}`"))),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Deletes an app with its versions, files nobody else uses, and approvals.
    pub async fn delete_app(&self, _by: &Authority, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            if t.execute("DELETE FROM apps WHERE id = ?1", [&id])? == 0 {
                return Err(StoreError::Missing(format!("app `{id}`")));
            }
            t.execute(
                "DELETE FROM files WHERE hash NOT IN (SELECT hash FROM version_files)",
                [],
            )?;
            Ok(())
        })
        .await
    }

    /// Puts an app into a set; answers whether it was not in it.
    pub async fn add_to_set(
        &self,
        _by: &Authority,
        set: &str,
        app: &str,
    ) -> Result<bool, StoreError> {
        let (set, app) = (set.to_owned(), app.to_owned());
        self.run(move |t| {
            Ok(t.execute(
                "INSERT OR IGNORE INTO sets (app, name) VALUES (?1, ?2)",
                [app, set],
            )? > 0)
        })
        .await
    }

    /// Takes an app out of a set; answers whether it was in it.
    pub async fn remove_from_set(
        &self,
        _by: &Authority,
        set: &str,
        app: &str,
    ) -> Result<bool, StoreError> {
        let (set, app) = (set.to_owned(), app.to_owned());
        self.run(move |t| {
            Ok(t.execute("DELETE FROM sets WHERE app = ?1 AND name = ?2", [app, set])? > 0)
        })
        .await
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AppRow> {
    Ok(AppRow {
        id: row.get(0)?,
        host: row.get(1)?,
        path: row.get(2)?,
        source: row.get(3)?,
        version: row.get(4)?,
        created: row.get(5)?,
        created_by: row.get(6)?,
        env: Env::read(&row.get::<_, String>(7)?),
        auth: AppAuth::new(&row.get::<_, String>(8)?),
        params: BTreeMap::new(),
        sets: Vec::new(),
        accounts: BTreeMap::new(),
    })
}

fn complete(t: &Transaction<'_>, mut app: AppRow) -> Result<AppRow, StoreError> {
    let mut statement = t.prepare_cached("SELECT name, value FROM params WHERE app = ?1")?;
    app.params = statement
        .query_map([&app.id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut statement = t.prepare_cached("SELECT name FROM sets WHERE app = ?1 ORDER BY name")?;
    app.sets = statement
        .query_map([&app.id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut statement = t.prepare_cached("SELECT plugin, account FROM accounts WHERE app = ?1")?;
    app.accounts = statement
        .query_map([&app.id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(app)
}
