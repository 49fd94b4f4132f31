//! The gate with a real log: what is decided is what is recorded, and without a record there is no permit.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use audit::{BootFacts, EntityRef, Filter, Log, Options, Outcome, Status};
use policy::{
    Caller, Engine, Gate, Page, PageCall, Recorded, RefusedKind, Rejection, SecretId,
    SecretResolve, Sink, Sources, Url,
};
use serde_json::{Value, json};

use crate::samples::{PUBLIC, access, app, default_engine, get};
use crate::testing::{acting, grants, guardrails, instance, moment, person};

fn open(dir: &Path) -> Log {
    let boot = BootFacts {
        version: "1".into(),
        binary: "b".into(),
        config: "c".into(),
        policy: "p".into(),
    };
    let options = Options::new(dir.to_owned(), "node".into(), boot, || {
        1_795_000_000_000_000_000
    });
    let wait = Duration::from_secs(20);
    Log::open(Options {
        preallocate_bytes: 1 << 20,
        wait,
        ..options
    })
    .expect("a log")
}

fn run<T>(test: impl AsyncFnOnce(Gate) -> T) -> T {
    let dir = tempfile::tempdir().expect("a directory");
    let gate = Gate::new(open(dir.path()), default_engine());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let result = runtime.block_on(test(gate));
    drop(runtime);
    result
}

fn weather() -> Caller {
    Caller::App(Arc::new(acting(instance("app_w@prod", &[]))))
}

/// The newest record with this action, and its detail.
fn recorded(gate: &Gate, action: &str) -> (Value, Value) {
    let filter = Filter {
        action: Some(action.to_owned()),
        ..Filter::default()
    };
    let rows = gate.log().query().list(&filter).expect("records");
    let row = rows
        .iter()
        .find(|row| row.text("/kind") != "outcome")
        .expect("a record");
    let shown = gate
        .log()
        .query()
        .show(row.seq)
        .expect("a record")
        .expect("a record");
    let detail = match shown.detail {
        audit::Detail::Opened(detail) => detail,
        audit::Detail::None | audit::Detail::Erased | audit::Detail::Forged => Value::Null,
    };
    (shown.record, detail)
}

fn field<'a>(record: &'a Value, pointer: &str) -> &'a Value {
    record.pointer(pointer).unwrap_or(&Value::Null)
}

#[test]
fn a_permit_has_a_durable_record() {
    run(async |gate| {
        let permit = gate
            .admit(
                &weather(),
                get("https://api.example/v1/x?y=1", PUBLIC),
                &moment(),
            )
            .await
            .expect("a permit");
        let id = permit.id().to_string();
        let (_call, mut open) = permit.spend();
        open.durable().await.expect("durable");
        let (record, context) = recorded(&gate, "http.in.get");
        assert_eq!(field(&record, "/id"), &json!(id));
        assert_eq!(
            field(&record, "/principal"),
            &json!({"id": "app_w@prod", "type": "AppInstance"})
        );
        assert_eq!(field(&record, "/on_behalf_of/id"), "local:alice");
        assert_eq!(field(&record, "/resource/id"), "api.example");
        assert_eq!(field(&record, "/app/approval_seq"), 9);
        assert_eq!(field(&record, "/policy/set"), gate.engine().set_hash());
        assert!(
            field(&record, "/reasons/0")
                .as_str()
                .is_some_and(|id| id.starts_with("a.app_w@prod.")),
            "{record}"
        );
        assert_eq!(field(&context, "/url/query"), "y=1");
        assert_eq!(
            field(&context, "/ip"),
            &json!({"__extn": {"arg": "93.184.216.34", "fn": "ip"}})
        );
        open.close(Outcome::new(Status::Success));
    });
}

#[test]
fn a_record_can_be_decided_again() {
    run(async |gate| {
        let refused = gate
            .admit(&weather(), get("https://api.example/v2", PUBLIC), &moment())
            .await
            .expect_err("no");
        assert_eq!(refused.kind, RefusedKind::Denied);
        assert_eq!(
            (refused.reasons.len(), refused.near.len()),
            (0, 1),
            "{refused}"
        );
        assert!(
            !refused.public_message().contains("a.app_w"),
            "{}",
            refused.public_message()
        );
        let permit = gate
            .admit(
                &weather(),
                get("https://api.example/v1/", PUBLIC),
                &moment(),
            )
            .await
            .expect("a permit");
        let (_call, mut open) = permit.spend();
        open.durable().await.expect("durable");
        let filter = Filter {
            action: Some("http.in.get".into()),
            ..Filter::default()
        };
        for row in gate.log().query().list(&filter).expect("records") {
            let shown = gate
                .log()
                .query()
                .show(row.seq)
                .expect("a record")
                .expect("a record");
            let audit::Detail::Opened(context) = shown.detail else {
                continue;
            };
            let hashes = row
                .record
                .get("entities")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let text = |hash: &Value| gate.log().query().blob(hash.as_str()?).ok()?;
            let explanation = gate.engine().explain_recorded(&Recorded {
                principal: EntityRef::new("AppInstance", "app_w@prod"),
                action: "http.in.get".into(),
                resource: EntityRef::new("Host", "api.example"),
                context,
                entities: hashes.iter().filter_map(text).collect(),
            });
            assert_eq!(explanation.errors, Vec::<String>::new());
            assert_eq!(explanation.allowed, row.text("/decision") == "allow");
            let reasons: Vec<String> = explanation
                .determining
                .into_iter()
                .map(|policy| policy.id)
                .collect();
            assert_eq!(json!(reasons), row.record["reasons"]);
            if !explanation.allowed {
                let lacks = explanation
                    .near
                    .first()
                    .map(|miss| miss.lacks.join("; "))
                    .unwrap_or_default();
                assert_eq!(lacks, "when { context.url.path like \"/v1/*\" }");
            }
        }
        open.close(Outcome::new(Status::Success));
    });
}

#[test]
fn secrets_and_guardrails() {
    run(async |gate| {
        let secret = |host: &str| SecretResolve {
            secret: SecretId {
                provider: "env".into(),
                path: "KEY".into(),
            },
            via: policy::Action::HttpGet,
            sink: Sink::Url(
                Url::parse(&format!("https://{host}/v1/x")).expect("a URL of these tests"),
            ),
            account: String::new(),
        };
        let permit = gate
            .admit(&weather(), secret("api.example"), &moment())
            .await
            .expect("a permit");
        let (record, _) = recorded(&gate, "secret.resolve");
        assert_eq!(field(&record, "/secret_refs"), &json!(["env:KEY"]));
        assert_eq!(field(&record, "/durability"), "sync");
        drop(permit);
        let refused = gate
            .admit(&weather(), secret("evil.example"), &moment())
            .await
            .expect_err("no");
        assert_eq!(refused.kind, RefusedKind::Denied);

        let mut waiting = instance("app_w@prod", &[]);
        Arc::make_mut(&mut waiting).approved = false;
        let user = Caller::Person(person("local:alice", &["local:users"]));
        let refused = gate
            .admit(&user, access(waiting), &moment())
            .await
            .expect_err("no");
        assert_eq!(refused.reasons, ["g.unapproved-app"]);
        assert_eq!(refused.texts, ["the app waits for approval"]);
    });
}

#[test]
fn people_and_strangers_are_recorded() {
    run(async |gate| {
        let user = Caller::Person(person("local:alice", &["local:users"]));
        let visit = access(instance("app_w@prod", &[]));
        let permit = gate.admit(&user, visit, &moment()).await.expect("a permit");
        let (_visit, mut open) = permit.spend();
        open.durable().await.expect("durable");
        let (record, _) = recorded(&gate, "app.access");
        assert_eq!(field(&record, "/app/path"), "/w");
        assert_eq!(
            field(&record, "/http"),
            &json!({"method": "GET", "route": "/x"})
        );
        assert_eq!(
            field(&record, "/net/src_class"),
            "private",
            "a documentation address is not public"
        );
        let page = PageCall {
            page: Page::Home,
            method: "GET".into(),
            path: "/".into(),
            request: (),
        };
        let refused = gate
            .admit(&Caller::Anonymous, page, &moment())
            .await
            .expect_err("no");
        assert!(!refused.id.is_empty());
        let rejection = Rejection {
            code: "bad-password",
            action: "session.open".into(),
            resource: EntityRef::new("System", "gateway"),
            detail: json!({"name": "alice"}),
        };
        let refused = gate.reject(&Caller::Anonymous, rejection, &moment());
        assert_eq!(
            (refused.kind, refused.reasons),
            (RefusedKind::Rejected, vec!["r.bad-password".to_owned()])
        );
        gate.log().shutdown();
        let refused = gate
            .admit(
                &weather(),
                get("https://api.example/v1/", PUBLIC),
                &moment(),
            )
            .await
            .expect_err("no");
        assert_eq!(refused.kind, RefusedKind::Unwritable);
        let told = refused.to_string();
        assert_eq!(told.matches("audit log").count(), 1, "{told}");
        let refused = gate
            .admit(&weather(), get("https://other.example/", PUBLIC), &moment())
            .await
            .expect_err("no");
        assert_eq!(refused.kind, RefusedKind::Unwritable, "even a denial");
    });
}

#[test]
fn activation_is_recorded_first_and_never_crosses() {
    run(async |gate| {
        let admin = Caller::Person(person("os:0", &["local:admins"]));
        let first = gate.engine();
        let one = first
            .with_app("app_x@prod".into(), None)
            .expect("an engine");
        let without = first
            .with_app("app_w@prod".into(), None)
            .expect("an engine");
        gate.activate(without, &admin, &moment())
            .await
            .expect("activated");
        assert!(gate.engine().app(&"app_w@prod".into()).is_none());
        let (record, _) = recorded(&gate, "policy.activated");
        assert_eq!(field(&record, "/public/set"), gate.engine().set_hash());
        assert_eq!(field(&record, "/public/previous"), first.set_hash());
        let with = first
            .with_app("app_w@prod".into(), Some(app()))
            .expect("an engine");
        let with = with.with_app(
            "app_y@prod".into(),
            Some(policy::AppPolicies {
                instance: "app_y@prod".into(),
                policies: Vec::new(),
            }),
        );
        let refused = gate
            .activate(with.expect("an engine"), &admin, &moment())
            .await
            .expect_err("stale");
        assert_eq!(refused.reasons, ["r.stale"]);
        drop(one);
        let anew = Engine::build(Sources {
            guardrails: guardrails(),
            grants: grants(),
            apps: vec![app()],
        });
        gate.activate(anew.expect("an engine"), &admin, &moment())
            .await
            .expect("activated");
        gate.log().shutdown();
        let next = gate
            .engine()
            .with_app("app_w@prod".into(), None)
            .expect("an engine");
        let refused = gate
            .activate(next, &admin, &moment())
            .await
            .expect_err("unwritable");
        assert_eq!(refused.kind, RefusedKind::Unwritable);
        assert!(
            gate.engine().app(&"app_w@prod".into()).is_some(),
            "not in force without a record"
        );
    });
}
