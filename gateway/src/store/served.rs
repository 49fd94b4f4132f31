//! Files that apps offer for download, so that a link outlives a restart.
//!
//! An id is kept as its SHA-256: who reads the database cannot download what is offered to others.

use jiff::Timestamp;
use policy::InstanceId;
use rusqlite::{OptionalExtension, Transaction, params};
use sandbox::{Served, ServedError, ServedFile, Taken};
use sha2::{Digest, Sha256};

use super::{Store, StoreError, answered};

/// Files one app may offer at the same time.
const MOST: i64 = 10_000;
/// Files that are forgotten in one go.
const SWEPT: i64 = 1000;

impl Store {
    /// Runs `job` on the store's thread and waits for it; blocks.
    fn run_blocking<T, F>(&self, job: F) -> Result<T, ServedError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, result) = answered(job);
        let closed = || failed(StoreError::Closed);
        self.jobs.blocking_send(job).map_err(|_| closed())?;
        result
            .blocking_recv()
            .map_err(|_| closed())?
            .map_err(failed)
    }
}

impl Served for Store {
    fn put(&self, id: &str, file: &ServedFile) -> Result<(), ServedError> {
        let (id, file) = (hash(id), file.clone());
        let fits = self.run_blocking(move |t| {
            let instance = file.instance.as_str();
            let count: i64 = t.query_row(
                "SELECT count(*) FROM served WHERE instance = ?1",
                [instance],
                |row| row.get(0),
            )?;
            if count < MOST {
                t.execute(
                    "INSERT INTO served (id_hash, instance, file, expires) VALUES (?1, ?2, ?3, ?4)",
                    params![id, instance, serde_json::to_string(&file)?, file.expires],
                )?;
            }
            Ok(count < MOST)
        })?;
        match fits {
            true => Ok(()),
            false => Err(ServedError(format!(
                "the app offers {MOST} files already; let some expire"
            ))),
        }
    }

    fn take(
        &self,
        id: &str,
        instance: &InstanceId,
        user: &str,
        now: Timestamp,
    ) -> Result<Taken, ServedError> {
        let (id, instance, user) = (hash(id), instance.clone(), user.to_owned());
        self.run_blocking(move |t| {
            let found: Option<String> = t
                .query_row("SELECT file FROM served WHERE id_hash = ?1", [&id], |row| {
                    row.get(0)
                })
                .optional()?;
            let Some(found) = found else {
                return Ok(Taken::Missing);
            };
            let file: ServedFile = serde_json::from_str(&found)?;
            let taken = file.for_whom(&instance, &user, now);
            if matches!(&taken, Taken::File(file) if file.single_access) {
                t.execute("DELETE FROM served WHERE id_hash = ?1", [&id])?;
            }
            Ok(taken)
        })
    }

    fn expire(&self, now: Timestamp) -> Result<Vec<ServedFile>, ServedError> {
        self.run_blocking(move |t| {
            let mut statement = t.prepare(
                "DELETE FROM served WHERE id_hash IN (SELECT id_hash FROM served WHERE expires <= ?1 LIMIT ?2) RETURNING file",
            )?;
            let rows = statement.query_map([now.as_second(), SWEPT], |row| row.get::<_, String>(0))?;
            let files = rows.collect::<Result<Vec<_>, _>>()?;
            // A row of an older version that cannot be read any more is gone as well.
            Ok(files
                .iter()
                .filter_map(|file| serde_json::from_str(file).ok())
                .collect())
        })
    }
}

fn hash(id: &str) -> String {
    format!("{:x}", Sha256::digest(id))
}

fn failed(error: StoreError) -> ServedError {
    ServedError(error.to_string())
}

#[cfg(test)]
mod tests {
    use sandbox::Visibility;

    use super::*;

    fn file(single_access: bool, visibility: Visibility) -> ServedFile {
        ServedFile {
            instance: InstanceId::from("app_a@prod"),
            path: "/tmp/x".into(),
            identity: (1, 2),
            name: "x".into(),
            mime_type: "text/plain".into(),
            visibility,
            expires: Some(100),
            single_access,
            remove: false,
        }
    }

    #[test]
    fn files_are_found_by_the_right_user_once_and_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("metadata.db")).unwrap();
        let mine = Visibility::User("local:a".into());
        store.put("once", &file(true, mine.clone())).unwrap();
        store.put("often", &file(false, Visibility::App)).unwrap();
        assert!(store.put("once", &file(true, mine)).is_err());
        let at = |second| Timestamp::from_second(second).unwrap();
        let take = |id: &str, app: &str, user: &str, now: i64| {
            let taken = store
                .take(id, &InstanceId::from(app), user, at(now))
                .unwrap();
            match taken {
                Taken::File(file) => file.name,
                Taken::Forbidden => "forbidden".into(),
                Taken::Missing => "missing".into(),
            }
        };
        assert_eq!(take("no", "app_a@prod", "local:a", 1), "missing");
        assert_eq!(take("once", "app_b@prod", "local:a", 1), "missing");
        assert_eq!(take("once", "app_a@prod", "local:b", 1), "forbidden");
        assert_eq!(take("once", "app_a@prod", "local:a", 1), "x");
        assert_eq!(take("once", "app_a@prod", "local:a", 1), "missing");
        assert_eq!(take("often", "app_a@prod", "anonymous", 1), "x");
        assert_eq!(take("often", "app_a@prod", "anonymous", 99), "x");
        assert_eq!(take("often", "app_a@prod", "anonymous", 100), "missing");
        assert_eq!(store.expire(at(99)).unwrap(), []);
        assert_eq!(store.expire(at(100)).unwrap().len(), 1);
        assert_eq!(store.expire(at(100)).unwrap(), []);
    }
}
