//! API tokens of service accounts, known only by the SHA-256 of their text: who reads the database has none of them.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    services::{self, ServiceRow},
};
use crate::authority::Authority;

/// What a token is limited to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenScope {
    /// Where apps are mounted (`[host:]/path`); empty means every app.
    pub apps: Vec<String>,
    /// Only requests that change nothing.
    pub read_only: bool,
}

/// A token; times are Unix nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Hex SHA-256 of its text.
    pub hash: String,
    /// A UUID, by which it is listed and recorded.
    pub id: String,
    /// `sa:<uuid>`.
    pub service: String,
    /// What it is limited to.
    pub scope: TokenScope,
    /// When it was made.
    pub created: i64,
    /// Who made it.
    pub created_by: String,
    /// From when on it is refused.
    pub expires: i64,
    /// Last use; 0 for never.
    pub used: i64,
}

const COLUMNS: &str = "hash, id, service, scope, created, created_by, expires, used";

impl Store {
    /// Adds a token; tokens of a service are bounded.
    pub async fn add_token(
        &self,
        _by: &Authority,
        row: TokenRow,
        most: i64,
    ) -> Result<bool, StoreError> {
        let scope = serde_json::to_string(&row.scope)?;
        self.run(move |t| {
            let sql = "INSERT INTO tokens (hash, id, service, scope, created, created_by, expires, used)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0 WHERE (SELECT count(*) FROM tokens WHERE service = ?3) < ?8";
            let values = params![
                row.hash, row.id, row.service, scope, row.created, row.created_by, row.expires, most
            ];
            Ok(t.execute(sql, values)? > 0)
        })
        .await
    }

    /// The token whose text has this hash, with its service.
    pub async fn token_by_hash(
        &self,
        hash: &str,
    ) -> Result<Option<(TokenRow, ServiceRow)>, StoreError> {
        let hash = hash.to_owned();
        self.run(move |t| one(t, "hash", &hash)).await
    }

    /// The token with this id, with its service.
    pub async fn token_by_id(
        &self,
        id: &str,
    ) -> Result<Option<(TokenRow, ServiceRow)>, StoreError> {
        let id = id.to_owned();
        self.run(move |t| one(t, "id", &id)).await
    }

    /// All tokens, or those of one service, newest first.
    pub async fn tokens(&self, service: Option<&str>) -> Result<Vec<TokenRow>, StoreError> {
        let service = service.map(str::to_owned);
        self.run(move |t| {
            let sql = format!(
                "SELECT {COLUMNS} FROM tokens WHERE ?1 IS NULL OR service = ?1 ORDER BY created DESC, id"
            );
            let mut statement = t.prepare(&sql)?;
            let rows = statement.query_map([service], raw)?;
            rows.map(|row| read(row?)).collect()
        })
        .await
    }

    /// Notes that a token was used at `used`.
    pub async fn touch_token(&self, id: &str, used: i64) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            let sql = "UPDATE tokens SET used = ?2 WHERE id = ?1 AND used < ?2";
            t.execute(sql, params![id, used])?;
            Ok(())
        })
        .await
    }

    /// Ends the token with this id.
    pub async fn delete_token(&self, _by: &Authority, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.run(move |t| {
            t.execute("DELETE FROM tokens WHERE id = ?1", [id])?;
            Ok(())
        })
        .await
    }
}

fn one(
    t: &Transaction<'_>,
    column: &'static str,
    value: &str,
) -> Result<Option<(TokenRow, ServiceRow)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM tokens WHERE {column} = ?1");
    let Some(row) = t.query_row(&sql, [value], raw).optional()? else {
        return Ok(None);
    };
    let row = read(row)?;
    Ok(services::one(t, "id", &row.service)?.map(|service| (row, service)))
}

/// A row whose scope is still text.
fn raw(row: &Row<'_>) -> rusqlite::Result<(TokenRow, String)> {
    let token = TokenRow {
        hash: row.get(0)?,
        id: row.get(1)?,
        service: row.get(2)?,
        scope: TokenScope::default(),
        created: row.get(4)?,
        created_by: row.get(5)?,
        expires: row.get(6)?,
        used: row.get(7)?,
    };
    Ok((token, row.get(3)?))
}

/// A scope that cannot be read is an error, never no limit.
fn read((row, scope): (TokenRow, String)) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        scope: serde_json::from_str(&scope)?,
        ..row
    })
}
