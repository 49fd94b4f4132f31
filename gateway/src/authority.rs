//! The proof that an admin operation was admitted, and its open audit record.
//!
//! Made only by spending a permit. Store functions that change what the server does ask for it, so
//! an operation that forgot to ask policy does not compile.

use std::time::Instant;

use policy::{AdminCall, Open, Permit};

/// An admitted admin operation whose record is still open.
#[must_use = "an authority that is dropped closes its record as abandoned"]
pub struct Authority {
    open: Open,
    since: Instant,
}

impl Authority {
    /// Spends the permit: what was judged comes back with the proof that it was.
    pub fn spend<T>(permit: Permit<AdminCall<T>>) -> (AdminCall<T>, Authority) {
        let (call, open) = permit.spend();
        (
            call,
            Authority {
                open,
                since: Instant::now(),
            },
        )
    }

    /// The decision's record id.
    pub fn id(&self) -> &audit::RecordId {
        self.open.id()
    }

    /// Closes the record as done.
    pub fn done(self) {
        self.close(None);
    }

    /// Closes the record as failed; `class` is a word, never a message.
    pub fn failed(self, class: &str) {
        self.close(Some(class));
    }

    /// Closes the record as `result` says.
    pub fn close_with<T, E>(self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.done(),
            Err(_) => self.failed("admin"),
        }
    }

    fn close(self, error_class: Option<&str>) {
        self.open
            .close(audit::Outcome::of(error_class, self.since.elapsed()));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! A real authority, from a real gate: there is no other way to one.
    use std::{net::Ipv4Addr, path::Path, sync::Arc};

    use policy::{
        AdminAction, AdminResource, Authentication, Caller, Engine, GRANTS, GUARDRAILS, Gate,
        GroupId, Moment, Net, Person, PolicySource, Sources, UserId,
    };

    use super::*;

    /// Root at the socket.
    pub(crate) fn root(groups: &[&str]) -> Caller {
        Caller::Person(Arc::new(Person {
            id: UserId::new("os:0"),
            name: "root".to_owned(),
            provider: "os".to_owned(),
            subject: "0".to_owned(),
            groups: groups.iter().map(|group| GroupId::new(*group)).collect(),
            disabled: false,
            email: None,
            auth: Authentication::plain("unix", crate::clock::now()),
        }))
    }

    /// Now, at the socket.
    pub(crate) fn moment() -> Moment {
        let net = Net {
            ip: Ipv4Addr::LOCALHOST.into(),
            tls: false,
            unix: true,
        };
        Moment {
            now: crate::clock::now(),
            trace: "test".to_owned(),
            parent: None,
            net,
        }
    }

    /// An admitted operation, recorded in a log below `folder`.
    pub(crate) async fn authority(folder: &Path) -> Authority {
        let now = || i64::try_from(crate::clock::now().as_nanosecond()).unwrap();
        let options = audit::Options {
            preallocate_bytes: 1 << 16,
            ..audit::Options::new(
                folder.join("audit"),
                "test".to_owned(),
                audit::BootFacts::default(),
                now,
            )
        };
        let source = |name: &str, text: &str| {
            vec![PolicySource {
                name: name.to_owned(),
                text: text.to_owned(),
            }]
        };
        let (guardrails, grants) = (source("guardrails", GUARDRAILS), source("grants", GRANTS));
        let engine = Engine::build(Sources {
            guardrails,
            grants,
            apps: Vec::new(),
        })
        .unwrap();
        let gate = Gate::new(audit::Log::open(options).unwrap(), engine);
        let call = AdminCall {
            action: AdminAction::UserAdd,
            resource: AdminResource::System,
            cargo: (),
        };
        Authority::spend(
            gate.admit(&root(&["local:admins"]), call, &moment())
                .await
                .unwrap(),
        )
        .1
    }
}
