//! When something last moved. Long transfers are welcome, silent ones are ended.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The last sign of life of a transfer.
pub struct Progress {
    started: Instant,
    last: AtomicU64,
}

impl Progress {
    /// It begins now.
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            last: AtomicU64::new(0),
        }
    }

    /// Something moved.
    pub fn touch(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// What comes of `work`, unless nothing moves for `limit` before.
    pub async fn wait<T>(&self, work: impl Future<Output = T>, limit: Duration) -> Option<T> {
        let mut work = pin!(work);
        loop {
            let until = self.until(limit);
            tokio::select! {
                done = &mut work => return Some(done),
                () = sleep_until(until) => {
                    if self.until(limit) <= until {
                        return None;
                    }
                }
            }
        }
    }

    fn until(&self, limit: Duration) -> Instant {
        self.started + Duration::from_millis(self.last.load(Ordering::Relaxed)) + limit
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_silence_ends_the_wait() {
        let progress = Progress::new();
        let limit = Duration::from_secs(10);
        let slow = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_secs(8)).await;
                progress.touch();
            }
            7
        };
        assert_eq!(progress.wait(slow, limit).await, Some(7));
        assert_eq!(progress.wait(pending::<()>(), limit).await, None);
        assert_eq!(progress.started.elapsed().as_secs(), 50);
    }
}
