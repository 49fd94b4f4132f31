//! The metadata store: users, sessions, apps, versions, approvals.
//!
//! SQLite on one thread behind a bounded queue: writes are short and in order, nothing in async code
//! touches the disk, and a full queue is an answer, not a pile. Writes that carry out an admin
//! operation take [`Authority`](crate::authority::Authority), which only a spent permit yields.

mod accounts;
mod apps;
mod error;
mod failures;
mod schema;
mod served;
mod services;
mod sessions;
mod signins;
mod tokens;
mod users;
mod versions;

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt, path::Path};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

pub use apps::{AppAuth, AppRow, Env, NewApp};
pub use error::StoreError;
pub use failures::Locking;
pub use services::ServiceRow;
pub use sessions::SessionRow;
pub use signins::{SignInRow, Signed};
pub use tokens::{TokenRow, TokenScope};
pub use users::{NewUser, UserChange, UserRow};
pub use versions::{ApprovalRow, NewVersion, VersionRow};

/// Jobs that may wait for the thread.
const QUEUE: usize = 256;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A handle to the store's thread; cheap to clone.
#[derive(Clone)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
}

impl Store {
    /// Opens or creates the database at `path` and brings its schema up to date. Blocks.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        // Made before SQLite does, so that nobody else can read password hashes.
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path);
        drop(file.map_err(StoreError::File)?);
        let mut connection = Connection::open(path)?;
        schema::prepare(&mut connection)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || work(connection, queue))
            .map_err(StoreError::Thread)?;
        Ok(Store { jobs })
    }

    /// Runs `job` on the store's thread, inside one transaction.
    async fn run<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, result) = answered(job);
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        result.await.map_err(|_| StoreError::Closed)?
    }
}

/// A job for the store's thread, and where its answer will be.
fn answered<T, F>(job: F) -> (Job, oneshot::Receiver<Result<T, StoreError>>)
where
    T: Send + 'static,
    F: FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
{
    let (answer, result) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        // The caller may have gone; what it asked for still happened.
        let _ = answer.send(transact(connection, job));
    });
    (job, result)
}

fn work(mut connection: Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(job) = queue.blocking_recv() {
        job(&mut connection);
    }
}

fn transact<T>(
    connection: &mut Connection,
    job: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let value = job(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

#[cfg(test)]
mod tests;
