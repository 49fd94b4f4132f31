//! What the audit log is told about a decision: enough to decide it again.

use audit::{
    AppFacts, AuthFacts, Decision, Durability, Effect, EntityRef, Event, HttpFacts, Log, NetFacts,
    PolicyFacts, Verdict,
};
use serde_json::{Map, Value};

use super::refused::Rejection;
use crate::address::{self, Class};
use crate::call::Ask;
use crate::caller::{Caller, Instance, Moment, Net, Person};
use crate::engine::{Answer, Engine};
use crate::question::age;

/// A case to be recorded.
pub(super) struct Case<'a> {
    pub caller: &'a Caller,
    pub ask: Ask,
    pub at: &'a Moment,
    pub engine: &'a Engine,
}

/// The record of a decision by policy.
pub(super) fn decision(log: &Log, case: &Case<'_>, answer: &Answer) -> Decision {
    let ask = &case.ask;
    let common = blank(log, case.caller, case.at, case.engine);
    let resource = ask.resource.first().map_or_else(
        || EntityRef::new("", ""),
        |node| EntityRef::new(node.kind, node.id.as_str()),
    );
    Decision {
        action: ask.action.as_str().to_owned(),
        effect: ask.action.effect(),
        resource,
        context: answer.context.clone(),
        verdict: if answer.allowed {
            Verdict::Allow
        } else {
            Verdict::Deny
        },
        reasons: answer.reasons.clone(),
        errors: answer.errors.clone(),
        near: answer.near.clone(),
        entities: answer.entities.clone(),
        secret_refs: ask.secrets.clone(),
        durability: ask.durability,
        http: ask
            .http
            .clone()
            .map(|(method, route)| HttpFacts { method, route }),
        app: ask.instance.as_deref().map(app).or(common.app),
        ..common
    }
}

/// The record of a refusal before policy.
pub(super) fn rejection(
    log: &Log,
    caller: &Caller,
    rejection: Rejection,
    at: &Moment,
    engine: &Engine,
) -> Decision {
    Decision {
        action: rejection.action,
        resource: rejection.resource,
        context: rejection.detail,
        reasons: vec![format!("r.{}", rejection.code)],
        ..blank(log, caller, at, engine)
    }
}

/// The record of a change of policy.
pub(super) fn activated(
    by: &Caller,
    at: &Moment,
    before: &PolicyFacts,
    after: &PolicyFacts,
) -> Event {
    let public = [
        ("set", after.set.clone()),
        ("schema", after.schema.clone()),
        ("engine", after.engine.clone()),
        ("previous", before.set.clone()),
    ];
    Event {
        kind: "policy.activated".to_owned(),
        time_ns: time_ns(at),
        trace: at.trace.clone(),
        principal: by.principal(),
        target: EntityRef::new("PolicyStore", "apps"),
        public: public
            .map(|(name, text)| (name.to_owned(), Value::String(text)))
            .into_iter()
            .collect::<Map<_, _>>(),
        hmac: std::collections::BTreeMap::new(),
        detail: Value::Null,
    }
}

/// A denial of nothing by nobody in particular: what all records have in common.
fn blank(log: &Log, caller: &Caller, at: &Moment, engine: &Engine) -> Decision {
    let (person, instance) = parties(caller);
    Decision {
        time_ns: time_ns(at),
        trace: at.trace.clone(),
        parent: at.parent.clone(),
        principal: caller.principal(),
        on_behalf_of: person.filter(|_| instance.is_some()).map(Person::entity),
        auth: person.map(|person| auth(log, person, at)),
        app: instance.map(app),
        action: String::new(),
        effect: Effect::Access,
        resource: EntityRef::new("", ""),
        context: Value::Null,
        verdict: Verdict::Deny,
        reasons: Vec::new(),
        errors: Vec::new(),
        near: Vec::new(),
        policy: std::sync::Arc::clone(engine.facts()),
        entities: Vec::new(),
        secret_refs: Vec::new(),
        durability: Durability::Sync,
        net: Some(net(log, &at.net)),
        http: None,
    }
}

fn parties(caller: &Caller) -> (Option<&Person>, Option<&Instance>) {
    match caller {
        Caller::Anonymous => (None, None),
        Caller::Person(person) => (Some(person), None),
        Caller::App(acting) => (acting.on_behalf_of.as_deref(), Some(&acting.instance)),
    }
}

fn auth(log: &Log, person: &Person, at: &Moment) -> AuthFacts {
    AuthFacts {
        method: person.auth.method.clone(),
        mfa: person.auth.mfa,
        age_s: age(&person.auth, at.now),
        session: person
            .auth
            .session
            .as_deref()
            .map(|session| log.hmac(session)),
        idp: Some(person.provider.clone()),
    }
}

fn app(instance: &Instance) -> AppFacts {
    AppFacts {
        id: instance.app.to_string(),
        instance: instance.id.to_string(),
        path: instance.path.clone(),
        env: instance.env.clone(),
        version: instance.version,
        spec_hash: instance.spec_hash.clone(),
        approval_seq: instance.approval_seq,
    }
}

fn net(log: &Log, net: &Net) -> NetFacts {
    let ip = address::canonical(net.ip);
    let class = match address::class(ip) {
        _ if net.unix => "unix",
        Class::Loopback => "loopback",
        Class::Public => "public",
        Class::Private
        | Class::LinkLocal
        | Class::Metadata
        | Class::Multicast
        | Class::Unspecified
        | Class::Shared
        | Class::UniqueLocal
        | Class::Reserved => "private",
    };
    NetFacts {
        src_class: class.to_owned(),
        src: log.hmac(&ip.to_string()),
        tls: net.tls,
    }
}

fn time_ns(at: &Moment) -> i64 {
    i64::try_from(at.now.as_nanosecond()).unwrap_or(i64::MAX)
}
