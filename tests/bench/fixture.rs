//! A log and a decision of ordinary size, for the benchmarks.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use audit::{
    AppFacts, AuthFacts, BootFacts, Decision, Durability, Effect, EntityRef, HttpFacts, Log,
    NetFacts, Options, Outcome, PolicyFacts, Status, Verdict,
};

#[expect(clippy::disallowed_methods, reason = "a benchmark is its own clock")]
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() as i64)
}

/// A log with the limits of a real server.
pub fn log(dir: &Path) -> Log {
    Log::open(Options::new(
        dir.into(),
        "bench".into(),
        BootFacts::default(),
        now,
    ))
    .expect("a log")
}

/// A request of a person to an app, about 1.1 KB when written.
pub fn decision() -> Decision {
    Decision {
        time_ns: now(),
        trace: "0192f0c4a7b87c3e9d1f2a3b4c5d6e7f".into(),
        parent: None,
        principal: EntityRef::new("User", "local:0192f0c4-a7b8-7c3e-9d1f-2a3b4c5d6e7f"),
        on_behalf_of: None,
        auth: Some(AuthFacts {
            method: "password".into(),
            mfa: false,
            age_s: 120,
            session: Some("a".repeat(64)),
            idp: None,
        }),
        app: Some(AppFacts {
            id: "app_0192f0c4a7b87c3e".into(),
            instance: "app_0192f0c4a7b87c3e@prod".into(),
            path: "/portal".into(),
            env: "prod".into(),
            version: 3,
            spec_hash: "b".repeat(64),
            approval_seq: Some(41),
        }),
        action: "app.access".into(),
        effect: Effect::Access,
        resource: EntityRef::new("AppInstance", "app_0192f0c4a7b87c3e@prod"),
        context: serde_json::json!({"http": {"method": "GET", "path": "/portal/items/7", "route": "/items/{id}"}, "now": "2026-01-01T00:00:00Z"}),
        verdict: Verdict::Allow,
        reasons: vec!["s.users-open-apps".into()],
        errors: vec![],
        near: vec![],
        policy: Arc::new(PolicyFacts {
            set: "c".repeat(64),
            schema: "d".repeat(64),
            engine: "cedar".into(),
        }),
        entities: vec![],
        secret_refs: vec![],
        durability: Durability::Sync,
        net: Some(NetFacts {
            src_class: "loopback".into(),
            src: "e".repeat(64),
            tls: true,
        }),
        http: Some(HttpFacts {
            method: "GET".into(),
            route: "/items/{id}".into(),
        }),
    }
}

/// What follows a decision.
pub fn outcome() -> Outcome {
    Outcome {
        code: Some(200),
        dur_us: 800,
        bytes: 1200,
        ..Outcome::new(Status::Success)
    }
}
