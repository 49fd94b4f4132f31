//! Leave for an answer that takes long: it is judged again whenever policy, the app or the caller's account
//! may have changed, and ends when the answer would now be no. It may be all a person has open, so it asks their
//! provider again as requests do.
//!
//! Asking is cheap and unrecorded while the answer is yes, as nothing new begins; a no is decided and recorded
//! like any other, under the record of the request.

use std::{sync::Arc, time::Duration};

use audit::{EntityRef, Outcome, RecordId, Status};
use policy::{Call, Caller, Gate, HttpCall, Instance, Moment, Rejection};
use serde_json::json;
use tokio::{task::JoinHandle, time};

use crate::{
    StoreError, catalog::Address, front::Inbound, peer::Peer, respond::Broken, signin, state::State,
};

/// How often to see whether anything changed.
const PERIOD: Duration = Duration::from_secs(1);
/// After how many periods a session is looked at even when nothing changed: it may have run out.
const ROUNDS: u32 = 30;

/// What was judged, to be judged again.
pub(super) struct Lease {
    state: Arc<State>,
    address: Address,
    caller: Caller,
    peer: Peer,
    moment: Moment,
    method: String,
    path: String,
    upgrade: bool,
    seen: Seen,
    asking: Option<Asking>,
}

/// A question to the provider under way.
type Asking = JoinHandle<Result<(), StoreError>>;

/// What the last judgement saw.
struct Seen {
    policies: String,
    accounts: u64,
    instance: Arc<Instance>,
}

impl Lease {
    /// The lease of a request that is about to be answered.
    pub(super) fn new(state: &Arc<State>, inbound: &Inbound, record: RecordId) -> Lease {
        Lease {
            state: Arc::clone(state),
            address: inbound.installed.address.clone(),
            caller: inbound.caller.clone(),
            peer: inbound.peer.clone(),
            moment: Moment {
                parent: Some(record),
                ..inbound.moment.clone()
            },
            method: inbound.parts.method.as_str().to_owned(),
            path: inbound.path.as_str().to_owned(),
            upgrade: inbound.target.may_upgrade(&inbound.parts),
            seen: Seen {
                // Unknown, so that the first look judges: policy may change before the answer begins.
                policies: String::new(),
                accounts: generation(state),
                instance: Arc::clone(&inbound.installed.instance),
            },
            asking: None,
        }
    }

    /// Resolves when the lease is over; `route` is the pattern the request was judged with.
    pub(super) async fn over(mut self, route: String) -> Broken {
        let mut clock = time::interval(PERIOD);
        for round in 1u32.. {
            clock.tick().await;
            if let Err(text) = self.again(&route, round % ROUNDS == 0).await {
                return Broken {
                    class: "revoked",
                    text: text.to_owned(),
                };
            }
        }
        std::future::pending().await
    }

    async fn again(&mut self, route: &str, due: bool) -> Result<(), &'static str> {
        let current = self.state.catalog.load().at(&self.address);
        let Some(current) =
            current.filter(|current| current.instance.app == self.seen.instance.app)
        else {
            return Err(self.reject("app-removed", "the app was removed"));
        };
        self.refresh().await?;
        let accounts = generation(&self.state);
        let moved = accounts != self.seen.accounts;
        let policies = self.state.gate.engine().set_hash().to_owned();
        let changed =
            policies != self.seen.policies || !Arc::ptr_eq(&current.instance, &self.seen.instance);
        if !(moved || changed || due) {
            return Ok(());
        }
        self.moment.now = (self.state.now)();
        self.caller = match self.renewed(&current.instance.auth).await {
            Some(caller) => caller,
            None => return Err(self.reject("session-ended", "the session has ended")),
        };
        self.seen = Seen {
            policies,
            accounts,
            instance: Arc::clone(&current.instance),
        };
        self.judge(route).await
    }

    /// Asks the provider of the sign-in again when it is time; what it says shows in the account. While a slow
    /// provider thinks, everything else is looked at as ever.
    async fn refresh(&mut self) -> Result<(), &'static str> {
        if self.asking.is_none() {
            self.asking = self.ask();
        }
        let Some(asking) = &mut self.asking else {
            return Ok(());
        };
        let Ok(asked) = time::timeout(PERIOD, asking).await else {
            return Ok(());
        };
        self.asking = None;
        match asked.unwrap_or(Err(StoreError::Closed)) {
            // Over at the provider, though policy keeps it: nobody's, as for other requests.
            Ok(())
                if self
                    .state
                    .authn
                    .due(&self.caller, self.moment.now)
                    .is_some() =>
            {
                Err(self.reject("session-ended", "the session cannot be renewed"))
            }
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "cannot refresh a sign-in; what it holds open ends");
                Err(self.reject("session-ended", "the session cannot be renewed"))
            }
        }
    }

    fn ask(&mut self) -> Option<Asking> {
        self.moment.now = (self.state.now)();
        let sign_in = self.state.authn.due(&self.caller, self.moment.now)?;
        let (state, moment) = (Arc::clone(&self.state), self.moment.clone());
        Some(tokio::spawn(async move {
            signin::refresh(&state, &sign_in, &moment).await
        }))
    }

    /// The caller as known now, in the way the app wants.
    async fn renewed(&self, auth: &str) -> Option<Caller> {
        let (state, now) = (&self.state, self.moment.now);
        match state.certificates.entry(auth) {
            Some(entry) => {
                let judged = state.certificates.judge(entry, &self.peer, now);
                judged.ok().map(Caller::Person)
            }
            None => state.authn.renew(&state.store, &self.caller, now).await,
        }
    }

    async fn judge(&self, route: &str) -> Result<(), &'static str> {
        let call = || HttpCall {
            instance: Arc::clone(&self.seen.instance),
            method: self.method.clone(),
            path: self.path.clone(),
            route: route.to_owned(),
            upgrade: self.upgrade,
            request: (),
        };
        let gate = &self.state.gate;
        match still_permits(gate, &self.caller, call, &self.moment).await {
            true => Ok(()),
            false => Err("policy no longer permits the request"),
        }
    }

    fn reject(&self, code: &'static str, text: &'static str) -> &'static str {
        let instance = self.seen.instance.id.as_str().to_owned();
        let rejection = Rejection {
            code,
            action: "app.access".to_owned(),
            resource: EntityRef::new("AppInstance", instance),
            detail: json!({ "method": self.method, "path": self.path }),
        };
        let _ = self
            .state
            .gate
            .reject(&self.caller, rejection, &self.moment);
        text
    }
}

/// Grows with everything that may change who a caller is.
fn generation(state: &State) -> u64 {
    let people = state.authn.generation();
    people.wrapping_add(state.certificates.generation())
}

/// Asks again about a call that goes on. Only a no is recorded: nothing new begins with a yes.
pub(super) async fn still_permits<C: Call>(
    gate: &Gate,
    caller: &Caller,
    call: impl Fn() -> C,
    at: &Moment,
) -> bool {
    if gate.engine().would_allow(caller, &call(), at) {
        return true;
    }
    match gate.admit(caller, call(), at).await {
        // Policy changed once more in between.
        Ok(permit) => {
            let (_, open) = permit.spend();
            open.close(Outcome::new(Status::Success));
            true
        }
        Err(_) => false,
    }
}
