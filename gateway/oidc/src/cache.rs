//! What is known of a provider, remembered: asked for on first use, renewed after an hour, and by one asker at a time
//! while the others wait for the same answer. A failure is remembered for a moment too, so a dead provider costs one
//! wait and not one for everybody.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};

use crate::error::{Error, Result};
use crate::fetch::Fetch;
use crate::keys::Keys;
use crate::known::Known;
use crate::settings::Settings;

/// How long a failure is believed, and how often keys are fetched again at most.
const PAUSE: Duration = Duration::from_secs(10);

/// The memory of one provider.
#[derive(Debug, Default)]
pub struct Cache {
    known: ArcSwapOption<Known>,
    failed: ArcSwapOption<(Timestamp, Error)>,
    turn: Mutex<()>,
}

impl Cache {
    /// What is known, asking the provider if that is too old.
    pub async fn get(
        &self,
        settings: &Settings,
        fetch: &Fetch,
        now: Timestamp,
    ) -> Result<Arc<Known>> {
        if let Some(known) = self.fresh(settings, now) {
            return Ok(known);
        }
        let _turn = self.turn(settings).await?;
        if let Some(known) = self.fresh(settings, now) {
            return Ok(known);
        }
        self.settle(now, async || Known::discover(settings, fetch, now).await)
            .await
    }

    /// What is known after `stale` did not suffice, with keys fetched anew unless that happened a moment ago.
    pub async fn renew(
        &self,
        settings: &Settings,
        fetch: &Fetch,
        stale: &Known,
        now: Timestamp,
    ) -> Result<Arc<Known>> {
        let _turn = self.turn(settings).await?;
        let known = self
            .known
            .load_full()
            .unwrap_or_else(|| Arc::new(stale.clone()));
        if known.keys.at > stale.keys.at || younger(known.keys.at, now, PAUSE) {
            return Ok(known);
        }
        self.settle(now, async || {
            Ok(known.with_keys(Keys::fetch(fetch, &known.keys.url, now).await?))
        })
        .await
    }

    fn fresh(&self, settings: &Settings, now: Timestamp) -> Option<Arc<Known>> {
        self.known
            .load_full()
            .filter(|known| younger(known.at, now, settings.fresh))
    }

    async fn turn(&self, settings: &Settings) -> Result<MutexGuard<'_, ()>> {
        tokio::time::timeout(settings.timeout * 3, self.turn.lock())
            .await
            .map_err(|_| Error::Unavailable("too many wait for its discovery".into()))
    }

    async fn settle(
        &self,
        now: Timestamp,
        ask: impl AsyncFnOnce() -> Result<Known>,
    ) -> Result<Arc<Known>> {
        if let Some(failed) = self
            .failed
            .load_full()
            .filter(|failed| younger(failed.0, now, PAUSE))
        {
            return Err(failed.1.clone());
        }
        match ask().await {
            Ok(known) => {
                let known = Arc::new(known);
                self.failed.store(None);
                self.known.store(Some(known.clone()));
                Ok(known)
            }
            Err(error) => {
                self.failed.store(Some(Arc::new((now, error.clone()))));
                Err(error)
            }
        }
    }
}

fn younger(at: Timestamp, now: Timestamp, age: Duration) -> bool {
    now.duration_since(at)
        < jiff::SignedDuration::try_from(age).unwrap_or(jiff::SignedDuration::MAX)
}
