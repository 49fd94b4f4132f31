//! Service accounts: what programs are called here, and their groups.

use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Store, StoreError};
use crate::authority::Authority;

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRow {
    /// `sa:<uuid>`; never used again for another one.
    pub id: String,
    /// What operators call it.
    pub name: String,
    /// Group names, sorted.
    pub groups: Vec<String>,
    /// Its tokens are refused.
    pub disabled: bool,
    /// Unix nanoseconds.
    pub created: i64,
    /// Who made it.
    pub created_by: String,
}

impl Store {
    /// Adds a service account; the name must be free in every spelling of its letters.
    pub async fn add_service(&self, _by: &Authority, row: ServiceRow) -> Result<(), StoreError> {
        self.run(move |t| {
            let added = t.execute(
                "INSERT INTO services (id, name, disabled, created, created_by) SELECT ?1, ?2, 0, ?3, ?4
                 WHERE NOT EXISTS (SELECT 1 FROM services WHERE name = ?2 COLLATE NOCASE)",
                params![row.id, row.name, row.created, row.created_by],
            )?;
            if added == 0 {
                return Err(StoreError::Exists(format!("service `{}`", row.name)));
            }
            for group in &row.groups {
                t.execute(
                    "INSERT OR IGNORE INTO service_groups (service, grp) VALUES (?1, ?2)",
                    params![row.id, group],
                )?;
            }
            Ok(())
        })
        .await
    }

    /// All service accounts, by name.
    pub async fn services(&self) -> Result<Vec<ServiceRow>, StoreError> {
        self.run(|t| {
            let mut statement = t.prepare(
                "SELECT id, name, disabled, created, created_by FROM services ORDER BY name",
            )?;
            let rows = statement
                .query_map([], read)?
                .collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(|row| with_groups(t, row)).collect()
        })
        .await
    }

    /// The service account called `name`.
    pub async fn service_by_name(&self, name: &str) -> Result<Option<ServiceRow>, StoreError> {
        let name = name.to_owned();
        self.run(move |t| one(t, "name", &name)).await
    }

    /// Switches a service account off or on; answers whether that is new.
    pub async fn disable_service(
        &self,
        _by: &Authority,
        id: &str,
        disabled: bool,
    ) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            let sql = "UPDATE services SET disabled = ?2 WHERE id = ?1 AND disabled != ?2";
            Ok(t.execute(sql, params![id, disabled])? > 0)
        })
        .await
    }

    /// Deletes a service account with its tokens.
    pub async fn delete_service(&self, _by: &Authority, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            t.execute("DELETE FROM services WHERE id = ?1", [id])?;
            Ok(())
        })
        .await
    }
}

pub(super) fn one(
    t: &Transaction<'_>,
    column: &'static str,
    value: &str,
) -> Result<Option<ServiceRow>, StoreError> {
    let sql =
        format!("SELECT id, name, disabled, created, created_by FROM services WHERE {column} = ?1");
    let row = t.query_row(&sql, [value], read).optional()?;
    row.map(|row| with_groups(t, row)).transpose()
}

fn read(row: &Row<'_>) -> rusqlite::Result<ServiceRow> {
    Ok(ServiceRow {
        id: row.get(0)?,
        name: row.get(1)?,
        groups: Vec::new(),
        disabled: row.get(2)?,
        created: row.get(3)?,
        created_by: row.get(4)?,
    })
}

fn with_groups(t: &Transaction<'_>, mut service: ServiceRow) -> Result<ServiceRow, StoreError> {
    let sql = "SELECT grp FROM service_groups WHERE service = ?1 ORDER BY grp";
    let mut statement = t.prepare_cached(sql)?;
    service.groups = statement
        .query_map([&service.id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(service)
}
