//! A bounded number of connections to one database. Nobody waits for ever, and a connection that
//! was given up in the middle of something is closed rather than lent again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connection::Connection;
use crate::problem::Problem;

/// How long an operator is not told again that a database cannot be reached.
const QUIET: Duration = Duration::from_secs(10);

/// A connection, or why there is none, for the operator.
pub type Making<'a> =
    Pin<Box<dyn Future<Output = Result<Box<dyn Connection>, String>> + Send + 'a>>;

/// Makes connections.
pub trait Maker: Send + Sync {
    /// A new connection.
    fn make(&self) -> Making<'_>;

    /// Where to, for the operator.
    fn shown(&self) -> String;
}

/// The connections to one database.
pub struct Pool {
    maker: Box<dyn Maker>,
    idle: Mutex<Vec<Box<dyn Connection>>>,
    turns: Arc<Semaphore>,
    wait: Duration,
    /// When the operator was last told of trouble.
    told: Mutex<Option<Instant>>,
}

/// A connection on loan.
pub struct Lease {
    connection: Option<Box<dyn Connection>>,
    turns: Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)>,
    pool: Arc<Pool>,
}

impl Pool {
    /// An empty pool of at most `most` connections.
    pub fn new(maker: Box<dyn Maker>, most: usize, wait: Duration) -> Self {
        Self {
            maker,
            idle: Mutex::default(),
            turns: Arc::new(Semaphore::new(most)),
            wait,
            told: Mutex::default(),
        }
    }

    /// A connection, new or used before; `share` bounds those of one app.
    pub async fn take(self: &Arc<Self>, share: &Arc<Semaphore>) -> Result<Lease, Problem> {
        let turns = async {
            let own = Arc::clone(share).acquire_owned().await;
            Some((
                own.ok()?,
                Arc::clone(&self.turns).acquire_owned().await.ok()?,
            ))
        };
        let turns = tokio::time::timeout(self.wait, turns).await;
        let turns = turns.ok().flatten().ok_or(Problem::Busy)?;
        let connection = match self.spare() {
            Some(connection) => connection,
            None => (self.maker.make().await).map_err(|problem| self.tell(&problem))?,
        };
        Ok(Lease {
            connection: Some(connection),
            turns: Some(turns),
            pool: Arc::clone(self),
        })
    }

    fn tell(&self, problem: &str) -> Problem {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|then| then.elapsed() > QUIET) {
            *told = Some(Instant::now());
            tracing::warn!(
                "the store at `{}` cannot be reached: {problem}",
                self.maker.shown()
            );
        }
        Problem::Unreachable
    }

    fn spare(&self) -> Option<Box<dyn Connection>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(|connection| connection.alive())
    }

    fn put(&self, connection: Box<dyn Connection>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(connection);
    }
}

impl Lease {
    /// The connection.
    pub fn connection(&mut self) -> Result<&mut dyn Connection, Problem> {
        match &mut self.connection {
            Some(connection) => Ok(&mut **connection),
            None => Err(Problem::Unreachable),
        }
    }

    /// Closes the connection rather than lending it again.
    pub fn discard(mut self) {
        let (connection, turns) = (self.connection.take(), self.turns.take());
        aside(move || drop((connection, turns)));
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (connection, turns) = (self.connection.take(), self.turns.take());
        match connection {
            Some(connection) if connection.alive() && !connection.transaction() => {
                self.pool.put(connection);
            }
            connection => aside(move || drop((connection, turns))),
        }
    }
}

/// Closing a file may take its time; it is not done on the async runtime.
fn aside(work: impl FnOnce() + Send + 'static) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(work)),
        Err(_) => work(),
    }
}
