//! One piece of work on a connection, on a thread for blocking work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection as Raw, InterruptHandle, ToSql};
use tokio::task::JoinHandle;

use crate::document::Row;
use crate::filter::Scalar;
use crate::problem::Problem;

/// Work that goes on; dropping this interrupts it.
pub struct Run<T> {
    work: JoinHandle<(Raw, rusqlite::Result<T>)>,
    interrupt: InterruptHandle,
    given_up: Arc<AtomicBool>,
    over: bool,
}

impl<T: Send + 'static> Run<T> {
    /// Starts the work.
    pub fn start(
        raw: Raw,
        work: impl FnOnce(&Raw) -> rusqlite::Result<T> + Send + 'static,
    ) -> Self {
        let interrupt = raw.get_interrupt_handle();
        let given_up = Arc::new(AtomicBool::new(false));
        let unwanted = Arc::clone(&given_up);
        let work = tokio::task::spawn_blocking(move || {
            let done = match unwanted.load(Ordering::Relaxed) {
                true => Err(rusqlite::Error::InvalidQuery),
                false => work(&raw),
            };
            (raw, done)
        });
        Self {
            work,
            interrupt,
            given_up,
            over: false,
        }
    }

    /// Waits for its end, and interrupts it after `limit`.
    pub async fn within(mut self, limit: Duration) -> Result<(Raw, rusqlite::Result<T>), Problem> {
        let ended = match tokio::time::timeout(limit, &mut self.work).await {
            Ok(ended) => ended,
            Err(_) => {
                self.interrupt.interrupt();
                (&mut self.work).await
            }
        };
        self.over = true;
        ended.map_err(|_| Problem::Unreachable)
    }
}

impl<T> Drop for Run<T> {
    fn drop(&mut self) {
        if !self.over {
            self.given_up.store(true, Ordering::Relaxed);
            self.interrupt.interrupt();
        }
    }
}

impl ToSql for Scalar {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Scalar::Null => ValueRef::Null,
            Scalar::Whole(whole) => ValueRef::Integer(*whole),
            Scalar::Real(real) => ValueRef::Real(*real),
            Scalar::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// The rows of a temporary table after the first `skip`; it numbers them from 1.
pub fn fetch(raw: &Raw, cursor: u64, (skip, most): (usize, usize)) -> rusqlite::Result<Vec<Row>> {
    let sql = format!("SELECT * FROM temp.cursor_{cursor} WHERE rowid > ? ORDER BY rowid LIMIT ?");
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut prepared = raw.prepare(&sql)?;
    prepared
        .query_map([count(skip), count(most)], super::row)?
        .collect()
}

/// JSON that other software may have stored as bytes.
pub fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => "{}".to_owned(),
    })
}
