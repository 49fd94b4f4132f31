//! The choke point: decide, record, and only then permit.

mod permit;
mod refused;

use std::sync::Arc;

use arc_swap::ArcSwap;

pub use permit::{Open, Permit};
pub use refused::{Refused, RefusedKind, Rejection};

use crate::call::Call;
use crate::caller::{Caller, Moment};
use crate::engine::Engine;

/// The one place where permits are made.
pub struct Gate {
    log: audit::Log,
    engine: ArcSwap<Engine>,
}

impl Gate {
    /// A gate that decides by `engine` and records in `log`.
    pub fn new(log: audit::Log, engine: Engine) -> Gate {
        Gate { log, engine: ArcSwap::from_pointee(engine) }
    }

    /// Decides `call` for `caller`; records the decision; permits or refuses.
    pub async fn admit<C: Call>(&self, caller: &Caller, call: C, at: &Moment) -> Result<Permit<C>, Refused> {
        let _ = (caller, at, call);
        Err(Refused::unwritable("", ""))
    }

    /// Records a refusal that needed no policy: a malformed request, a wrong password, a limit.
    pub fn reject(&self, caller: &Caller, rejection: Rejection, at: &Moment) -> Refused {
        let _ = (caller, at);
        Refused::unwritable(&rejection.action, "")
    }

    /// Makes `engine` the one in force, after the change is recorded.
    pub async fn activate(&self, engine: Engine, by: &Caller, at: &Moment) -> Result<(), Refused> {
        let _ = (by, at);
        self.engine.store(Arc::new(engine));
        Ok(())
    }

    /// The engine in force.
    pub fn engine(&self) -> Arc<Engine> {
        self.engine.load_full()
    }

    /// The audit log.
    pub fn log(&self) -> &audit::Log {
        &self.log
    }
}
