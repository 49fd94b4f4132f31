//! Wrong passwords and codes in a row, by the keyed hash of the name they were for, whether or not anybody has it.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Store, StoreError};
use crate::authority::Authority;

/// Names that are remembered; of more, those with the fewest failures are forgotten.
const MOST: i64 = 20_000;
/// Failures further apart than this do not count together: a day, which is also the longest lock.
const DAY: i64 = 86_400 * 1_000_000_000;

/// When a name is locked, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Locking {
    /// Failures in a row.
    pub after: i64,
    /// How long the first lock lasts, nanoseconds; each further one lasts twice as long.
    pub first: i64,
}

struct Row {
    number: i64,
    last: i64,
    locked: i64,
}

impl Store {
    /// Counts a failure of the name with this keyed hash before its password is looked at, so that guesses side by
    /// side count too; answers until when the name is locked, if it is, and counts nothing then.
    pub async fn attempt(
        &self,
        key: &str,
        locking: Locking,
        now: i64,
    ) -> Result<Result<(), i64>, StoreError> {
        let key = key.to_owned();
        self.run(move |t| {
            let row = find(t, &key)?;
            if let Some(row) = row.as_ref().filter(|row| now < row.locked) {
                return Ok(Err(row.locked));
            }
            let fresh = |row: &Row| now.saturating_sub(row.last.max(row.locked)) < DAY;
            let before = row.filter(fresh).map_or(0, |row| row.number);
            let number = before.saturating_add(1);
            let locked = locking.until(number, now);
            t.execute(
                "INSERT INTO failures (key, number, last, locked) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key)
                 DO UPDATE SET number = excluded.number, last = excluded.last, locked = excluded.locked",
                params![key, number, now, locked],
            )?;
            bound(t, now)?;
            Ok(Ok(()))
        })
        .await
    }

    /// Takes back an attempt that turned out to be none.
    pub async fn unattempt(&self, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.run(move |t| {
            t.execute(
                "UPDATE failures SET number = max(number - 1, 0), locked = 0 WHERE key = ?1",
                [&key],
            )?;
            t.execute("DELETE FROM failures WHERE key = ?1 AND number = 0", [&key])?;
            Ok(())
        })
        .await
    }

    /// Forgets the failures of a name whose owner has shown who they are.
    pub async fn forget_failures(&self, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.run(move |t| {
            t.execute("DELETE FROM failures WHERE key = ?1", [key])?;
            Ok(())
        })
        .await
    }

    /// The failures of a name and until when it is locked.
    pub async fn failures(&self, key: &str) -> Result<Option<(i64, i64)>, StoreError> {
        let key = key.to_owned();
        self.run(move |t| Ok(find(t, &key)?.map(|row| (row.number, row.locked))))
            .await
    }

    /// Unlocks a name; answers whether anything was counted against it.
    pub async fn unlock(&self, _by: &Authority, key: &str) -> Result<bool, StoreError> {
        let key = key.to_owned();
        self.run(move |t| Ok(t.execute("DELETE FROM failures WHERE key = ?1", [key])? > 0))
            .await
    }
}

impl Locking {
    /// Until when a name with so many failures is locked; 0 if it is not.
    fn until(self, number: i64, now: i64) -> i64 {
        let doublings = number.saturating_sub(self.after);
        if doublings < 0 {
            return 0;
        }
        let doublings = u32::try_from(doublings).unwrap_or(u32::MAX).min(40);
        let factor = 1i64.checked_shl(doublings).unwrap_or(i64::MAX);
        now.saturating_add(self.first.saturating_mul(factor).min(DAY))
    }
}

fn find(t: &Transaction<'_>, key: &str) -> Result<Option<Row>, StoreError> {
    let sql = "SELECT number, last, locked FROM failures WHERE key = ?1";
    let row = t.query_row(sql, [key], |row| {
        Ok(Row {
            number: row.get(0)?,
            last: row.get(1)?,
            locked: row.get(2)?,
        })
    });
    Ok(row.optional()?)
}

/// Strangers fill this table: what is over goes, and of too many the least.
fn bound(t: &Transaction<'_>, now: i64) -> Result<(), StoreError> {
    let count: i64 = t.query_row("SELECT count(*) FROM failures", [], |row| row.get(0))?;
    if count <= MOST {
        return Ok(());
    }
    t.execute(
        "DELETE FROM failures WHERE max(last, locked) <= ?1",
        [now.saturating_sub(DAY)],
    )?;
    t.execute(
        "DELETE FROM failures WHERE key IN (SELECT key FROM failures ORDER BY locked > ?1, number, last LIMIT
         max((SELECT count(*) FROM failures) - ?2, 0))",
        [now, MOST - MOST / 100],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("metadata.db")).unwrap();
        (folder, store)
    }

    const LOCKING: Locking = Locking {
        after: 3,
        first: 60 * SECOND,
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn locks_double_and_end() {
        let (_folder, store) = store();
        let attempt = async |second: i64| {
            let tried = store.attempt("k", LOCKING, second * SECOND).await.unwrap();
            tried.err().map(|until| until / SECOND)
        };
        for second in [1, 2, 3] {
            assert_eq!(attempt(second).await, None);
        }
        assert_eq!(attempt(4).await, Some(63), "the third locks");
        assert_eq!(attempt(62).await, Some(63), "and nothing counts meanwhile");
        assert_eq!(attempt(63).await, None);
        assert_eq!(
            attempt(64).await,
            Some(63 + 120),
            "the next lasts twice as long"
        );
        assert!(
            store
                .attempt("other", LOCKING, 64 * SECOND)
                .await
                .unwrap()
                .is_ok()
        );
        store.forget_failures("k").await.unwrap();
        assert_eq!(attempt(65).await, None);
        assert_eq!(store.failures("k").await.unwrap(), Some((1, 0)));
        store.unattempt("k").await.unwrap();
        assert_eq!(store.failures("k").await.unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_day_without_failures_forgets_them() {
        let (_folder, store) = store();
        for now in [0, 1] {
            assert!(store.attempt("k", LOCKING, now).await.unwrap().is_ok());
        }
        assert!(store.attempt("k", LOCKING, 1 + DAY).await.unwrap().is_ok());
        assert_eq!(store.failures("k").await.unwrap(), Some((1, 0)));
    }

    #[test]
    fn locks_last_a_day_at_most() {
        for number in [3 + 11, 3 + 63, i64::MAX] {
            assert_eq!(LOCKING.until(number, 5), 5 + DAY, "{number}");
        }
        assert_eq!(LOCKING.until(2, 5), 0);
    }
}
