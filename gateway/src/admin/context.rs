//! Who runs an admin operation, when, and on what: passed to everything it does.

use std::{collections::BTreeMap, sync::Arc};

use audit::{EntityRef, Event};
use policy::{Call, Caller, Moment, Permit};
use serde_json::{Map, Value};
use tokio::sync::SemaphorePermit;

use crate::{State, catalog::Installed, clock, lifecycle::LifecycleError};

/// One admin operation's circumstances.
pub(crate) struct Context {
    state: Arc<State>,
    caller: Caller,
    at: Moment,
}

impl Context {
    /// Circumstances of an operation.
    pub fn new(state: Arc<State>, caller: Caller, at: Moment) -> Context {
        Context { state, caller, at }
    }

    /// The server.
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Who asks.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// When, and under which record.
    pub fn at(&self) -> &Moment {
        &self.at
    }

    /// The time in Unix nanoseconds.
    pub fn now_ns(&self) -> i64 {
        clock::nanoseconds(self.at.now)
    }

    /// Who asks, as text.
    pub fn who(&self) -> String {
        self.caller.principal().id
    }

    /// Admits what the operation does beyond its own action.
    pub async fn admit<C: Call>(&self, call: C) -> Result<Permit<C>, policy::Refused> {
        self.state.gate.admit(&self.caller, call, &self.at).await
    }

    /// Waits until no other change is being made.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, LifecycleError> {
        let turn = self.state.changes.acquire().await;
        turn.map_err(|_| LifecycleError::Stopping)
    }

    /// Notes a change in the audit log, durably; answers its position.
    pub async fn note(
        &self,
        kind: &str,
        (target, id): (&str, &str),
        public: Value,
        detail: Value,
    ) -> Result<u64, audit::Unwritable> {
        let mut facts = match public {
            Value::Object(facts) => facts,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        if let Some(parent) = &self.at.parent {
            facts.insert("parent".to_owned(), Value::String(parent.to_string()));
        }
        let event = Event {
            kind: kind.to_owned(),
            time_ns: self.now_ns(),
            trace: self.at.trace.clone(),
            principal: self.caller.principal(),
            target: EntityRef::new(target, id),
            public: facts,
            hmac: BTreeMap::new(),
            detail,
        };
        self.state.gate.log().note(event).await
    }

    /// Serves `next` in place of what is at its address. Requests that run finish in the old worker, which ends with
    /// the last of them.
    pub fn swap(&self, next: Arc<Installed>) {
        self.state
            .catalog
            .rcu(|catalog| catalog.with(Arc::clone(&next)));
    }
}

impl From<policy::Refused> for crate::wire::Problem {
    fn from(refused: policy::Refused) -> Self {
        LifecycleError::from(refused).into()
    }
}
