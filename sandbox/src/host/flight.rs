//! A request on its way through a worker, and the clock that is held against it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use policy::{Acting, Moment};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::frame::Outcome;
use crate::limits::Limits;
use crate::plugin::session::Session;

/// How much longer than its own limit a worker may take before it is killed.
const GRACE: Duration = Duration::from_millis(500);

/// A request inside a worker.
pub struct Flight {
    /// Takes the end.
    pub reply: oneshot::Sender<Outcome>,
    /// Who acts in its plugin calls.
    pub acting: Arc<Acting>,
    /// When and after which record.
    pub at: Moment,
    /// What it has open.
    pub session: Arc<Session>,
    /// Its clock.
    pub clock: Arc<Clock>,
}

/// Time of one request, apart for the handler and its plugin calls.
pub struct Clock {
    limits: Limits,
    state: Mutex<State>,
}

struct State {
    began: Instant,
    plugins: Duration,
    calling: Option<Instant>,
    calls: u32,
}

/// Why a plugin call may not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// The worker broke the protocol: one call at a time.
    Overlap,
    /// The request has made all its calls.
    Spent,
}

impl Clock {
    /// Starts now.
    pub fn start(limits: &Limits) -> Arc<Self> {
        let state = State {
            began: Instant::now(),
            plugins: Duration::ZERO,
            calling: None,
            calls: 0,
        };
        Arc::new(Self {
            limits: limits.clone(),
            state: Mutex::new(state),
        })
    }

    /// Begins anew, when the worker is ready at last.
    pub fn restart(&self) {
        self.state().began = Instant::now();
    }

    /// Time until the request is over its limit; `None` when it is.
    pub fn left(&self) -> Option<Duration> {
        let state = self.state();
        let now = Instant::now();
        let left = match state.calling {
            Some(since) => {
                (self.limits.plugin_time + GRACE).checked_sub(state.plugins + (now - since))
            }
            None => (self.limits.handler + GRACE)
                .checked_sub((now - state.began).saturating_sub(state.plugins)),
        };
        left.filter(|left| !left.is_zero())
    }

    /// Notes the beginning of a plugin call; answers how long it may take.
    pub fn call(&self) -> Result<Duration, Blocked> {
        self.begin(1)
    }

    fn begin(&self, calls: u32) -> Result<Duration, Blocked> {
        let mut state = self.state();
        if state.calling.is_some() {
            return Err(Blocked::Overlap);
        }
        let left = self.limits.plugin_time.saturating_sub(state.plugins);
        let left = left.min(self.limits.plugin_call);
        if state.calls + calls > self.limits.plugin_calls || left.is_zero() {
            return Err(Blocked::Spent);
        }
        state.calls += calls;
        state.calling = Some(Instant::now());
        Ok(left)
    }

    /// Notes the beginning of a wait for rows, which takes time and is no call.
    pub fn fetch(&self) -> Result<Duration, Blocked> {
        self.begin(0)
    }

    /// Notes the end of a plugin call.
    pub fn answered(&self) {
        let mut state = self.state();
        if let Some(since) = state.calling.take() {
            state.plugins += since.elapsed();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
