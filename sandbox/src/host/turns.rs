//! The turns of one app's requests: as many run at once as its worker has threads, a few more wait for a while, and the
//! rest is told at once that the app is busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::AppError;

/// Requests that may wait for each one that runs.
const WAITING: usize = 8;
/// How long a request waits for its turn.
const LONGEST: Duration = Duration::from_secs(10);

/// The turns of one app.
pub struct Turns {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    most: usize,
}

impl Turns {
    /// For so many requests at once.
    pub fn new(running: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(running)),
            waiting: AtomicUsize::new(0),
            most: running.saturating_mul(WAITING),
        }
    }

    /// Waits for a turn, which is over when it is dropped.
    pub async fn take(&self) -> Result<OwnedSemaphorePermit, AppError> {
        let waiting = Waiting::enter(&self.waiting, self.most)?;
        let turn = timeout(LONGEST, Arc::clone(&self.free).acquire_owned()).await;
        drop(waiting);
        turn.ok().and_then(Result::ok).ok_or(AppError::Busy)
    }
}

/// Counts those who wait, also when they stop waiting.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize, most: usize) -> Result<Self, AppError> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let waiting = Self(count);
        if before >= most {
            Err(AppError::Busy)
        } else {
            Ok(waiting)
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
