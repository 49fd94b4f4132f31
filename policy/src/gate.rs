//! The choke point: decide, record, and only then permit.
//!
//! There is one way to a [`Permit`]: [`Gate::admit`]. A decision that cannot be recorded is a refusal,
//! whatever policy said.

mod permit;
mod record;
mod refused;

use std::sync::Arc;

use arc_swap::ArcSwap;
use audit::{Decision, Durability, EntityRef};
use tokio::sync::Mutex;

pub use permit::{Open, Permit};
pub use refused::{Refused, RefusedKind, Rejection};

use crate::call::Call;
use crate::caller::{Caller, Moment};
use crate::engine::{Answer, Engine};
use crate::question::Question;

/// The one place where permits are made.
pub struct Gate {
    log: audit::Log,
    engine: ArcSwap<Engine>,
    /// Held while an activation is recorded, so that two of them never cross.
    activating: Mutex<()>,
}

impl Gate {
    /// A gate that decides by `engine` and records in `log`.
    pub fn new(log: audit::Log, engine: Engine) -> Gate {
        for blob in engine.fresh_blobs(None) {
            log.keep(blob);
        }
        Gate {
            log,
            engine: ArcSwap::from_pointee(engine),
            activating: Mutex::new(()),
        }
    }

    /// Decides `call` for `caller`; records the decision; permits or refuses.
    pub async fn admit<C: Call>(
        &self,
        caller: &Caller,
        call: C,
        at: &Moment,
    ) -> Result<Permit<C>, Refused> {
        let ask = call.ask();
        let engine = self.engine.load_full();
        let answer = engine.decide(&Question::new(caller, &ask, at));
        let (action, durability) = (ask.action.as_str(), ask.durability);
        let decision = record::decision(
            &self.log,
            &record::Case {
                caller,
                ask,
                at,
                engine: &engine,
            },
            &answer,
        );
        if !answer.allowed {
            return Err(self.refuse(decision, answer));
        }
        let receipt = match durability {
            Durability::Held => self.log.submit(decision),
            Durability::Sync => self.log.append(decision).await,
        };
        receipt
            .map(|receipt| Permit::new(call, receipt))
            .map_err(|error| Refused::unwritable(action, &error.to_string()))
    }

    fn refuse(&self, decision: Decision, answer: Answer) -> Refused {
        let action = decision.action.clone();
        match self.log.refuse(decision) {
            Err(error) => Refused::unwritable(&action, &error.to_string()),
            Ok(id) => Refused {
                id: id.to_string(),
                kind: RefusedKind::Denied,
                action,
                reasons: answer.reasons,
                texts: answer.texts,
                errors: answer.errors,
                near: answer.near,
                step_up: answer.step_up,
            },
        }
    }

    /// Records a refusal that needed no policy: a malformed request, a wrong password, a limit.
    pub fn reject(&self, caller: &Caller, rejection: Rejection, at: &Moment) -> Refused {
        let engine = self.engine.load();
        let reason = format!("r.{}", rejection.code);
        let action = rejection.action.clone();
        match self
            .log
            .refuse(record::rejection(&self.log, caller, rejection, at, &engine))
        {
            Err(error) => Refused::unwritable(&action, &error.to_string()),
            Ok(id) => Refused {
                id: id.to_string(),
                kind: RefusedKind::Rejected,
                action,
                reasons: vec![reason],
                texts: Vec::new(),
                errors: Vec::new(),
                near: Vec::new(),
                step_up: None,
            },
        }
    }

    /// Makes `engine` the one in force, after the change is recorded. An engine that was made from another
    /// than the one in force is rejected as `r.stale`: make it again from [`Gate::engine`].
    pub async fn activate(&self, engine: Engine, by: &Caller, at: &Moment) -> Result<(), Refused> {
        let _one = self.activating.lock().await;
        let current = self.engine.load_full();
        if !engine.continues(&current) {
            let resource = EntityRef::new("PolicyStore", "apps");
            let (action, detail) = ("policy.activate".to_owned(), serde_json::Value::Null);
            return Err(self.reject(
                by,
                Rejection {
                    code: "stale",
                    action,
                    resource,
                    detail,
                },
                at,
            ));
        }
        for blob in engine.fresh_blobs(Some(&current)) {
            self.log.keep(blob);
        }
        let event = record::activated(by, at, current.facts(), engine.facts());
        self.log
            .note(event)
            .await
            .map_err(|error| Refused::unwritable("policy.activate", &error.to_string()))?;
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

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate")
            .field("engine", &self.engine.load())
            .finish_non_exhaustive()
    }
}
