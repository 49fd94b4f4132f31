//! Versions of an app, their files (stored once per content) and the approvals.

use std::collections::BTreeMap;

use bytes::Bytes;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};

use super::{Store, StoreError};
use crate::authority::Authority;

/// A version as stored, without its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Which app.
    pub app: String,
    /// Counts from 1.
    pub version: u64,
    /// Hash of files and parameters.
    pub spec_hash: String,
    /// What the sandbox found, as JSON.
    pub inspection: String,
    /// The policies generated from its permissions, as JSON.
    pub policies: String,
    /// Unix nanoseconds.
    pub created: i64,
    /// Who made it.
    pub created_by: String,
}

/// A version to add.
pub struct NewVersion {
    /// Hash of files and parameters.
    pub spec_hash: String,
    /// What the sandbox found, as JSON.
    pub inspection: String,
    /// The policies generated from its permissions, as JSON.
    pub policies: String,
    /// The files.
    pub files: BTreeMap<String, Bytes>,
    /// Unix nanoseconds.
    pub created: i64,
    /// Who makes it.
    pub created_by: String,
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    /// Which app.
    pub app: String,
    /// Version that was current.
    pub version: u64,
    /// Its hash.
    pub spec_hash: String,
    /// The approved policies, as JSON.
    pub policies: String,
    /// Unix nanoseconds.
    pub approved: i64,
    /// Who approved.
    pub approved_by: String,
    /// Position of the approval in the audit log.
    pub seq: u64,
}

impl Store {
    /// Adds a version and makes it the current one; answers its number.
    pub async fn insert_version(
        &self,
        _by: &Authority,
        app: &str,
        version: NewVersion,
    ) -> Result<u64, StoreError> {
        let app = app.to_owned();
        self.run(move |t| {
            let last: u64 = t.query_row(
                "SELECT max(version) FROM versions WHERE app = ?1",
                [&app],
                |row| row.get(0),
            )?;
            let next = last.saturating_add(1);
            insert(t, &app, next, &version)?;
            t.execute(
                "UPDATE apps SET version = ?2 WHERE id = ?1",
                params![app, next],
            )?;
            Ok(next)
        })
        .await
    }

    /// Forgets every version but the current one, with the files only they had.
    pub async fn forget_versions(&self, _by: &Authority, app: &str) -> Result<(), StoreError> {
        let app = app.to_owned();
        self.run(move |t| {
            t.execute(
                "DELETE FROM versions WHERE app = ?1 AND version < (SELECT version FROM apps WHERE id = ?1)",
                [&app],
            )?;
            t.execute(
                "DELETE FROM files WHERE hash NOT IN (SELECT hash FROM version_files)",
                [],
            )?;
            Ok(())
        })
        .await
    }

    /// One version of an app.
    pub async fn version(&self, app: &str, version: u64) -> Result<Option<VersionRow>, StoreError> {
        let app = app.to_owned();
        self.run(move |t| {
            let sql = "SELECT app, version, spec_hash, inspection, policies, created, created_by
                       FROM versions WHERE app = ?1 AND version = ?2";
            Ok(t.query_row(sql, params![app, version], read).optional()?)
        })
        .await
    }

    /// The files of a version.
    pub async fn files(
        &self,
        app: &str,
        version: u64,
    ) -> Result<BTreeMap<String, Bytes>, StoreError> {
        let app = app.to_owned();
        self.run(move |t| {
            let mut statement = t.prepare(
                "SELECT v.path, f.body FROM version_files v JOIN files f ON f.hash = v.hash WHERE v.app = ?1 AND v.version = ?2",
            )?;
            let rows = statement
                .query_map(params![app, version], |row| Ok((row.get(0)?, Bytes::from(row.get::<_, Vec<u8>>(1)?))))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Stores an approval.
    pub async fn insert_approval(
        &self,
        _by: &Authority,
        approval: ApprovalRow,
    ) -> Result<(), StoreError> {
        self.run(move |t| {
            let a = approval;
            t.execute(
                "INSERT INTO approvals (app, version, spec_hash, policies, approved, approved_by, seq)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![a.app, a.version, a.spec_hash, a.policies, a.approved, a.approved_by, a.seq],
            )?;
            Ok(())
        })
        .await
    }

    /// The newest approval of an app.
    pub async fn approval(&self, app: &str) -> Result<Option<ApprovalRow>, StoreError> {
        let app = app.to_owned();
        self.run(move |t| {
            // Versions only grow; positions begin anew when the log is lost.
            let sql = "SELECT app, version, spec_hash, policies, approved, approved_by, seq
                       FROM approvals WHERE app = ?1 ORDER BY version DESC, approved DESC, seq DESC LIMIT 1";
            let read = |row: &Row<'_>| {
                Ok(ApprovalRow {
                    app: row.get(0)?,
                    version: row.get(1)?,
                    spec_hash: row.get(2)?,
                    policies: row.get(3)?,
                    approved: row.get(4)?,
                    approved_by: row.get(5)?,
                    seq: row.get(6)?,
                })
            };
            Ok(t.query_row(sql, [app], read).optional()?)
        })
        .await
    }
}

pub(super) fn insert(
    t: &Transaction<'_>,
    app: &str,
    number: u64,
    version: &NewVersion,
) -> Result<(), StoreError> {
    t.execute(
        "INSERT INTO versions (app, version, spec_hash, inspection, policies, created, created_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            app,
            number,
            version.spec_hash,
            version.inspection,
            version.policies,
            version.created,
            version.created_by
        ],
    )?;
    for (path, body) in &version.files {
        let hash = format!("{:x}", Sha256::digest(body));
        t.execute(
            "INSERT OR IGNORE INTO files (hash, body) VALUES (?1, ?2)",
            params![hash, body.as_ref()],
        )?;
        t.execute(
            "INSERT INTO version_files (app, version, path, hash) VALUES (?1, ?2, ?3, ?4)",
            params![app, number, path, hash],
        )?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<VersionRow> {
    Ok(VersionRow {
        app: row.get(0)?,
        version: row.get(1)?,
        spec_hash: row.get(2)?,
        inspection: row.get(3)?,
        policies: row.get(4)?,
        created: row.get(5)?,
        created_by: row.get(6)?,
    })
}
