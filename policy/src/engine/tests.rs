//! Slices answer as the whole set does; layers hold; engines share.

use proptest::prelude::*;
use proptest::sample::{Index as Pick, select};

use super::decide::judge;
use super::*;
use crate::call::{
    AdminAction, AdminCall, AdminResource, Call, FsOp, HttpCall, PluginCall, Target,
};
use crate::caller::{Acting, Caller};
use crate::permission::AppPolicy;
use crate::question::Question;
use crate::testing::{grants, guardrails, instance, moment, person};

fn policy(instance: &str, number: usize, rest: &str) -> AppPolicy {
    let id = format!("a.{instance}.{number}");
    let text = format!(
        "@id(\"{id}\") permit (principal == Sallyport::AppInstance::\"{instance}\", {rest};"
    );
    AppPolicy {
        id,
        text,
        declared: String::new(),
        source: None,
        risk: None,
        level: 0,
        effect: audit::Effect::Read,
        regex: Vec::new(),
        account: Some(String::new()),
    }
}

fn app(instance: &str, rests: &[&str]) -> AppPolicies {
    let policies = rests
        .iter()
        .enumerate()
        .map(|(number, rest)| policy(instance, number, rest))
        .collect();
    AppPolicies {
        instance: instance.into(),
        policies,
    }
}

const LIST: &str =
    r#"action == Sallyport::Action::"fs.in.list", resource in Sallyport::Path::"/srv")"#;
const ANY: &str = r#"action in Sallyport::Action::"effect.read", resource)"#;

fn source(name: &str, text: String) -> Vec<PolicySource> {
    vec![PolicySource {
        name: name.to_owned(),
        text,
    }]
}

/// Policies in parts: principal, action, resource, condition.
const PRINCIPALS: &[&str] = &[
    "principal",
    "principal is Sallyport::User",
    "principal is Sallyport::AppInstance",
    "principal == Sallyport::User::\"local:alice\"",
    "principal == Sallyport::User::\"local:bob\"",
    "principal in Sallyport::Group::\"local:users\"",
    "principal is Sallyport::User in Sallyport::Group::\"local:admins\"",
    "principal == Sallyport::Anonymous::\"anonymous\"",
    "principal in Sallyport::AppSet::\"s1\"",
    "principal in Sallyport::App::\"app_a\"",
    "principal is Sallyport::AppInstance in Sallyport::Space::\"/team\"",
    "principal == Sallyport::AppInstance::\"app_a@prod\"",
];
const ACTIONS: &[&str] = &[
    "action",
    "action == Sallyport::Action::\"app.access\"",
    "action == Sallyport::Action::\"fs.in.list\"",
    "action in Sallyport::Action::\"any.plugin\"",
    "action in Sallyport::Action::\"any.admin\"",
    "action in [Sallyport::Action::\"app.access\", Sallyport::Action::\"effect.read\", Sallyport::Action::\"app.list\"]",
];
const RESOURCES: &[&str] = &[
    "resource",
    "resource is Sallyport::AppInstance",
    "resource == Sallyport::AppInstance::\"app_a@prod\"",
    "resource == Sallyport::AppInstance::\"app_b@prod\"",
    "resource in Sallyport::Space::\"/team\"",
    "resource in Sallyport::Space::\"/\"",
    "resource is Sallyport::Path in Sallyport::Path::\"/srv\"",
    "resource == Sallyport::Path::\"/srv/data\"",
    "resource == Sallyport::System::\"gateway\"",
    "resource in Sallyport::AppSet::\"s1\"",
];
const CONDITIONS: &[&str] = &[
    "",
    "when { principal is Sallyport::User && principal.disabled }",
    "when { resource is Sallyport::AppInstance && resource.approved }",
    // Fails: the sum is too large.
    "when { resource is Sallyport::AppInstance && resource.risk + 9223372036854775807 > 0 }",
];

fn random_policies() -> impl Strategy<Value = (String, String)> {
    let part = |parts: &'static [&'static str]| select(parts);
    let policy = (
        any::<bool>(),
        part(PRINCIPALS),
        part(ACTIONS),
        part(RESOURCES),
        part(CONDITIONS),
    );
    proptest::collection::vec(policy, 0..40).prop_map(|policies| {
        let (mut guardrails, mut grants) = (String::new(), String::new());
        for (number, (forbids, principal, action, resource, condition)) in
            policies.into_iter().enumerate()
        {
            let rest = format!("({principal}, {action}, {resource}) {condition};\n");
            if forbids {
                guardrails += &format!("@id(\"g{number}\") @reason(\"r\") forbid {rest}");
            } else if principal != "principal" {
                grants += &format!("@id(\"s{number}\") permit {rest}");
            }
        }
        (guardrails, grants)
    })
}

fn questions() -> Vec<Question> {
    let (mut a, b) = (
        instance("app_a@prod", &["s1", "s2"]),
        instance("app_b@prod", &[]),
    );
    std::sync::Arc::make_mut(&mut a).risk = 1;
    let people = [
        person("local:alice", &["local:users"]),
        person("local:bob", &["local:admins", "local:users"]),
    ];
    let mut callers = vec![Caller::Anonymous];
    callers.extend(people.into_iter().map(Caller::Person));
    for instance in [&a, &b] {
        let on_behalf_of = Some(person("local:alice", &["local:users"]));
        callers.push(Caller::App(
            Acting {
                instance: instance.clone(),
                on_behalf_of,
            }
            .into(),
        ));
    }
    let access = |instance: &std::sync::Arc<crate::Instance>| HttpCall {
        instance: instance.clone(),
        method: "GET".into(),
        path: "/".into(),
        route: "/".into(),
        upgrade: false,
        request: (),
    };
    let list = |path: &str| PluginCall {
        target: Target::Fs {
            op: FsOp::List,
            path: path.into(),
        },
        account: String::new(),
        subjects: Vec::new(),
        cargo: (),
    };
    let apps = AdminCall {
        action: AdminAction::AppList,
        resource: AdminResource::Space("/team".into()),
        cargo: (),
    };
    let system = AdminCall {
        action: AdminAction::AppList,
        resource: AdminResource::System,
        cargo: (),
    };
    let mut questions = Vec::new();
    for caller in &callers {
        let mut ask =
            |ask: &crate::call::Ask| questions.push(Question::new(caller, ask, &moment()));
        use crate::call::sealed::Asks;
        ask(&access(&a).ask());
        ask(&access(&b).ask());
        ask(&list("/srv/data").ask());
        ask(&list("/etc").ask());
        ask(&apps.ask());
        ask(&system.ask());
    }
    questions
}

/// The answer of all policies of all apps together, without any slicing.
fn whole(engine: &Engine, question: &Question) -> (bool, Vec<String>, usize) {
    let (_, ready) = engine.ready(question);
    let Ok(ready) = ready else {
        return (false, Vec::new(), 1);
    };
    let written = engine
        .core
        .written
        .iter()
        .map(|written| written.policy.clone());
    let apps = engine
        .shelf
        .apps()
        .flat_map(|app| engine.core.parsed(app).unwrap().policies.clone());
    let set = cedar_policy::PolicySet::from_policies(written.chain(apps)).unwrap();
    let mut answer = Answer::default();
    judge(&ready.request, &set, &ready.prepared.entities, &mut answer);
    (
        answer.allowed && answer.errors.is_empty(),
        answer.reasons,
        answer.errors.len(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slices_answer_as_the_whole_set((guardrails, grants) in random_policies(), picks in proptest::collection::vec(any::<Pick>(), 8)) {
        let sources = Sources {
            guardrails: source("g", guardrails),
            grants: source("s", grants),
            apps: vec![app("app_a@prod", &[LIST]), app("app_b@prod", &[ANY])],
        };
        let engine = Engine::build(sources).unwrap();
        let questions = questions();
        for pick in picks {
            let question = pick.get(&questions);
            let answer = engine.decide(question);
            prop_assert_eq!((answer.allowed, answer.reasons, answer.errors.len()), whole(&engine, question), "{:?}", question);
        }
    }
}

#[test]
fn the_questions_reach_policy() {
    let engine = Engine::build(Sources {
        guardrails: guardrails(),
        grants: grants(),
        apps: Vec::new(),
    })
    .unwrap();
    let judged = questions()
        .iter()
        .filter(|question| engine.decide(question).errors.is_empty())
        .count();
    assert_eq!(
        judged,
        3 * 2 + 2 * 2 + 2 * 2,
        "people ask apps and administration, apps ask files"
    );
}

fn refused(sources: Sources, part: &str) {
    let error = Engine::build(sources)
        .and_then(|engine| engine.check_apps())
        .unwrap_err();
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn layers_hold() {
    let guardrail = |text: &str| Sources {
        guardrails: source("g.cedar", text.to_owned()),
        ..Sources::default()
    };
    let grant = |text: &str| Sources {
        grants: source("s.cedar", text.to_owned()),
        ..Sources::default()
    };
    refused(
        guardrail("@id(\"x\") @reason(\"r\") permit (principal, action, resource);"),
        "g.cedar:1:1: guardrail `x` permits",
    );
    refused(
        guardrail("@id(\"x\") forbid (principal, action, resource);"),
        "has no `@reason`",
    );
    refused(
        grant("\n @id(\"x\") forbid (principal is Sallyport::User, action, resource);"),
        "s.cedar:2:2: grant `x` forbids",
    );
    refused(
        grant("@id(\"x\") permit (principal, action, resource);"),
        "names no principal",
    );
    refused(
        grant("@id(\"a.x\") permit (principal is Sallyport::User, action, resource);"),
        "is reserved",
    );
    let twice = "@id(\"x\") permit (principal is Sallyport::User, action, resource);\n".repeat(2);
    refused(
        grant(&twice),
        "s.cedar:2:1: the id `x` is already taken at s.cedar:1",
    );
    refused(
        grant(
            "@id(\"x\")\npermit (principal is Sallyport::User, action, resource)\nwhen { principal.disable };",
        ),
        "s.cedar:3:8: ",
    );
    refused(
        grant("@id(\"x\") permit (principal is Sallyport::Usr, action, resource);"),
        "Usr",
    );
    let deep = "@id(\"x\") permit (principal is Sallyport::User, action, resource is Sallyport::AppInstance) when { resource.ownerGroup in resource.ownerGroup };";
    refused(grant(deep), "level");
    let unguarded = "@id(\"x\") @reason(\"r\") forbid (principal, action == Sallyport::Action::\"app.access\", resource) when { context.auth.mfa };";
    refused(guardrail(unguarded), "auth");
}

#[test]
fn an_app_only_speaks_for_itself() {
    let with = |policy: AppPolicy| Sources {
        apps: vec![AppPolicies {
            instance: "app_a@prod".into(),
            policies: vec![policy],
        }],
        ..Sources::default()
    };
    refused(
        with(policy("app_b@prod", 1, LIST)),
        "does not begin with `a.app_a@prod.`",
    );
    let mut other = policy("app_a@prod", 1, LIST);
    other.text = other
        .text
        .replace("InstanceId", "")
        .replace("AppInstance::\"app_a@prod\"", "AppInstance::\"app_b@prod\"");
    refused(with(other), "not for its own instance alone");
    let mut any = policy("app_a@prod", 1, LIST);
    any.text = any.text.replace(
        "principal == Sallyport::AppInstance::\"app_a@prod\"",
        "principal",
    );
    refused(with(any), "not for its own instance alone");
    let mut forbid = policy("app_a@prod", 1, LIST);
    forbid.text = forbid.text.replace("permit", "forbid");
    refused(with(forbid), "only permit");
    let mut many = policy("app_a@prod", 1, LIST);
    let regex = crate::permission::Regex {
        id: "rx:1".into(),
        pattern: "x".into(),
        action: "fs.in.list".into(),
        index: 0,
    };
    many.regex = vec![regex; 101];
    refused(with(many), "at most");
}

#[test]
fn an_app_with_wrong_policies_may_do_nothing() {
    let mut broken = app("app_a@prod", &[LIST, ANY]);
    broken.policies.last_mut().unwrap().text += "@id(";
    let engine = Engine::build(Sources {
        apps: vec![broken],
        ..Sources::default()
    })
    .unwrap();
    let question = questions()
        .into_iter()
        .find(|question| question.instance.is_some())
        .unwrap();
    let answer = engine.decide(&question);
    assert!(
        !answer.allowed && answer.errors.first().unwrap().contains("a.app_a@prod.1"),
        "{answer:?}"
    );
}

#[test]
fn replacing_an_app_changes_only_its_own() {
    let apps = (0..300)
        .map(|number| app(&format!("app_{number}@prod"), &[LIST]))
        .collect();
    let first = Engine::build(Sources {
        guardrails: guardrails(),
        grants: grants(),
        apps,
    })
    .unwrap();
    let second = first
        .with_app("app_7@prod".into(), Some(app("app_7@prod", &[ANY])))
        .unwrap();
    assert_ne!(first.set_hash(), second.set_hash());
    assert_eq!(
        second.fresh_blobs(Some(&first)).len(),
        3,
        "the app, its board and the root"
    );
    let back = second
        .with_app("app_7@prod".into(), Some(app("app_7@prod", &[LIST])))
        .unwrap();
    assert_eq!(
        first.set_hash(),
        back.set_hash(),
        "the hash is of the content"
    );
    let gone = second.with_app("app_7@prod".into(), None).unwrap();
    assert!(gone.app(&"app_7@prod".into()).is_none() && gone.app(&"app_8@prod".into()).is_some());
    assert!(second.continues(&first) && back.continues(&first) && !second.continues(&gone));
    let wrong = second.with_app("app_1@prod".into(), Some(app("app_2@prod", &[LIST])));
    assert!(
        wrong
            .unwrap_err()
            .to_string()
            .contains("policies of `app_2@prod`")
    );
}

#[test]
fn entities_fit_the_schema() {
    let engine = Engine::build(Sources {
        guardrails: guardrails(),
        grants: grants(),
        apps: Vec::new(),
    })
    .unwrap();
    for question in questions() {
        for blob in engine.decide(&question).entities {
            let json: serde_json::Value = serde_json::from_str(blob.text()).unwrap();
            let one = serde_json::Value::Array(vec![json]);
            cedar_policy::Entities::from_json_value(one, Some(&engine.core.schema)).unwrap();
        }
    }
}

#[test]
fn a_call_names_its_action() {
    let call = AdminCall {
        action: AdminAction::SystemStop,
        resource: AdminResource::System,
        cargo: (),
    };
    assert_eq!(call.action().as_str(), "system.stop");
}

#[test]
fn a_denial_tells_what_was_missing() {
    let check = |who: &str, groups: &[&str], expected: &str| {
        let engine = Engine::build(Sources {
            guardrails: guardrails(),
            grants: grants(),
            apps: Vec::new(),
        })
        .unwrap();
        let call = AdminCall {
            action: AdminAction::AuditRead,
            resource: AdminResource::AuditLog,
            cargo: (),
        };
        let explanation = engine.explain(&Caller::Person(person(who, groups)), &call, &moment());
        assert_eq!(
            engine.would_allow(&Caller::Person(person(who, groups)), &call, &moment()),
            explanation.allowed
        );
        let near = explanation
            .near
            .iter()
            .map(|near| format!("{}: {}", near.policy.id, near.lacks.join(" and ")));
        let reasons = explanation
            .determining
            .iter()
            .map(|policy| format!("{} {}", policy.source, policy.id));
        assert_eq!(
            near.chain(reasons)
                .chain(explanation.texts.clone())
                .collect::<Vec<_>>()
                .join("\n"),
            expected
        );
    };
    check(
        "local:alice",
        &["local:users"],
        "s.admins: principal in Sallyport::Group::\"local:admins\"\ns.auditors: principal in Sallyport::Group::\"local:auditors\"",
    );
    check(
        "local:ann",
        &["local:auditors"],
        "grants.cedar:89 s.auditors",
    );
}

/// Case 59: a question with an over-deep graph is denied, not followed.
#[test]
fn deep_questions_are_denied() {
    use crate::call::sealed::Asks;
    let engine = Engine::build(Sources {
        apps: vec![app("app_a@prod", &[ANY])],
        ..Sources::default()
    })
    .unwrap();
    let caller = Caller::App(
        Acting {
            instance: instance("app_a@prod", &[]),
            on_behalf_of: None,
        }
        .into(),
    );
    let list = |depth: usize| PluginCall {
        target: Target::Fs {
            op: FsOp::List,
            path: "/a".repeat(depth).into(),
        },
        account: String::new(),
        subjects: Vec::new(),
        cargo: (),
    };
    let answer = |depth| engine.decide(&Question::new(&caller, &list(depth).ask(), &moment()));
    assert!(answer(100).allowed);
    assert!(!answer(1000).allowed && !answer(1000).errors.is_empty());
}
