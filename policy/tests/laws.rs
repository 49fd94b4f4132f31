//! What holds for all policies: forbids only take away, silence denies, failure denies, and nothing but
//! the question counts.

use policy::{
    AppPolicies, Caller, Engine, Explanation, Facts, Permission, PluginCall, PolicySource, Sources,
    generate,
};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::samples::{PUBLIC, app, ask, callers, default_engine, get, samples};
use crate::testing::{grants, guardrails, moment};

fn allowed(explanation: &Explanation) -> bool {
    assert!(!explanation.allowed || explanation.errors.is_empty());
    explanation.allowed
}

fn engine(more: &str) -> Engine {
    let mut guardrails = guardrails();
    guardrails.push(PolicySource {
        name: "more.cedar".into(),
        text: more.into(),
    });
    Engine::build(Sources {
        guardrails,
        grants: grants(),
        apps: vec![app()],
    })
    .expect("policies of these tests")
}

fn an_app() -> Caller {
    let mut callers = callers().into_iter();
    let app = callers.find(|(name, _)| *name == "app");
    app.map(|(_, caller)| caller).expect("an app")
}

/// An engine in which `app_w` may call http.in through one account; empty for none.
fn with_account(account: &str) -> Engine {
    let plugin = match account {
        "" => "http.in".to_owned(),
        account => format!("http.in#{account}"),
    };
    let permission = Permission {
        plugin,
        method: "get".into(),
        arguments: vec!["https://api.example/v1/*".into()],
        ..Permission::default()
    };
    let facts = Facts {
        program: &|_| None,
        real_path: &|path| path.into(),
        secrets: &[],
        default_provider: "env",
    };
    let instance = policy::InstanceId::from("app_w@prod");
    let policies = generate(&instance, &[permission], &facts).expect("a permission");
    Engine::build(Sources {
        guardrails: guardrails(),
        grants: grants(),
        apps: vec![AppPolicies { instance, policies }],
    })
    .expect("policies of these tests")
}

const WHO: &[&str] = &[
    "principal",
    "principal is Sallyport::User",
    "principal is Sallyport::AppInstance",
    "principal in Sallyport::Group::\"local:admins\"",
    "principal == Sallyport::Anonymous::\"anonymous\"",
];
const DEED: &[&str] = &[
    "action",
    "action in Sallyport::Action::\"any.admin\"",
    "action in Sallyport::Action::\"effect.read\"",
    "action == Sallyport::Action::\"gateway.page\"",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_forbid_never_allows_more(who in any::<Index>(), deed in any::<Index>()) {
        let text = format!("@id(\"more\") @reason(\"r\") forbid ({}, {}, resource);", who.get(WHO), deed.get(DEED));
        let (before, after) = (default_engine(), engine(&text));
        for sample in samples() {
            for (name, caller) in callers() {
                let allows = |engine| (sample.allows)(engine, &caller, &moment());
                prop_assert!(allows(&before) || !allows(&after), "{} by {}", sample.name, name);
            }
        }
    }

    /// A permission covers calls through the plugin as it was declared, and no other account of it.
    #[test]
    fn accounts_are_kept_apart(declared in "[a-z]{0,3}", other in "[a-z]{1,3}") {
        let (engine, caller) = (with_account(&declared), an_app());
        for called in ["", &other, &declared] {
            let call = PluginCall {
                account: called.to_owned(),
                ..get("https://api.example/v1/x", PUBLIC)
            };
            let allowed = engine.would_allow(&caller, &call, &moment());
            prop_assert_eq!(allowed, declared == called);
        }
    }

    #[test]
    fn only_the_question_counts(order in Just((0..samples().len()).collect::<Vec<_>>()).prop_shuffle()) {
        let (engine, samples, fresh) = (default_engine(), samples(), default_engine());
        for number in order.into_iter().take(5) {
            for (_, caller) in callers() {
                let sample = samples.get(number).expect("a sample");
                let (one, two) = (ask(&engine, &caller, sample), ask(&fresh, &caller, sample));
                let again = ask(&engine, &caller, sample);
                prop_assert_eq!(format!("{one:?}"), format!("{two:?}"));
                prop_assert_eq!(format!("{one:?}"), format!("{again:?}"));
            }
        }
    }
}

#[test]
fn no_policies_deny_all() {
    let engine = Engine::build(Sources::default()).expect("nothing");
    for sample in samples() {
        for (name, caller) in callers() {
            assert!(
                !allowed(&ask(&engine, &caller, &sample)),
                "{} by {name}",
                sample.name
            );
        }
    }
}

/// Case 59: Cedar would skip this forbid and allow.
#[test]
fn failure_denies() {
    let text = "@id(\"broken\") @reason(\"r\")
        forbid (principal is Sallyport::AppInstance, action in Sallyport::Action::\"any.http\", resource)
        when { context.url.port + 9223372036854775807 < 0 };";
    let (before, after) = (default_engine(), engine(text));
    let app = an_app();
    let get = samples()
        .into_iter()
        .find(|sample| sample.name == "http.in.get")
        .expect("a sample");
    assert!(allowed(&ask(&before, &app, &get)));
    let explanation = ask(&after, &app, &get);
    assert!(
        !explanation.allowed
            && explanation
                .errors
                .iter()
                .any(|error| error.contains("broken")),
        "{explanation:?}"
    );
}

#[test]
fn questions_outside_the_schema_are_denied() {
    let explanation = samples()
        .iter()
        .find(|sample| sample.name == "system.stop")
        .map(|sample| ask(&default_engine(), &Caller::Anonymous, sample))
        .expect("a sample");
    assert!(!explanation.allowed && !explanation.errors.is_empty());
}
