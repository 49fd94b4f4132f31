//! How far a run may go: its time, and whether something has broken that app code cannot be told of.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Of one run.
pub struct Progress(Mutex<State>);

struct State {
    deadline: Instant,
    broken: Option<String>,
}

impl Progress {
    /// A run that may last until `deadline`.
    pub fn until(deadline: Instant) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            deadline,
            broken: None,
        })))
    }

    /// Whether the run must end now.
    pub fn is_over(&self) -> bool {
        let state = self.state();
        state.broken.is_some() || Instant::now() > state.deadline
    }

    /// Does something that is not the handler's own work; its time pushes the deadline back.
    pub fn elsewhere<R>(&self, work: impl FnOnce() -> R) -> R {
        let began = Instant::now();
        let made = work();
        self.state().deadline += began.elapsed();
        made
    }

    /// Ends the run with an error, from where none can be raised.
    pub fn fail(&self, error: String) {
        self.state().broken.get_or_insert(error);
    }

    /// The error that ended the run.
    pub fn broken(&self) -> Option<String> {
        self.state().broken.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
