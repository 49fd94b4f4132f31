//! Decisions for tests.

use std::sync::Arc;

use serde_json::json;

use crate::{AppFacts, Decision, Durability, Effect, EntityRef, PolicyFacts, Verdict};

pub(crate) fn allow() -> Decision {
    Decision {
        time_ns: 1_000,
        trace: "trace".into(),
        parent: None,
        principal: EntityRef::new("User", "local:ann"),
        on_behalf_of: None,
        auth: None,
        app: Some(AppFacts {
            id: "app".into(),
            instance: "app@prod".into(),
            path: "/tasks".into(),
            env: "prod".into(),
            version: 3,
            spec_hash: "ab".into(),
            approval_seq: Some(4),
        }),
        action: "http.in.get".into(),
        effect: Effect::Read,
        resource: EntityRef::new("Host", "example.org"),
        context: json!({"url": "https://example.org/?q=private"}),
        verdict: Verdict::Allow,
        reasons: vec!["grant.users".into()],
        errors: Vec::new(),
        near: Vec::new(),
        policy: Arc::new(PolicyFacts::default()),
        entities: Vec::new(),
        secret_refs: vec!["env:KEY".into()],
        durability: Durability::Sync,
        net: None,
        http: None,
    }
}

pub(crate) fn deny() -> Decision {
    Decision {
        verdict: Verdict::Deny,
        reasons: vec!["r.no-grant".into()],
        ..allow()
    }
}
