//! Permissions of `store.in` and `proxy.in`, and those for one account of a plugin.

use super::*;
use crate::call::StoreOp;

fn touch(target: Target, account: &str) -> PluginCall<()> {
    PluginCall {
        target,
        account: account.into(),
        subjects: vec![(0, "as it was written".into())],
        cargo: (),
    }
}

fn select(app: &str, account: &str, table: &str) -> PluginCall<()> {
    let target = Target::Store {
        op: StoreOp::Select,
        app: app.into(),
        table: Some(table.into()),
    };
    touch(target, account)
}

fn pass(url: &str) -> PluginCall<()> {
    let target = Target::Proxy {
        method: "GET".into(),
        url: Url::parse(url).unwrap(),
        ip: [93, 184, 216, 34].into(),
    };
    touch(target, "")
}

#[test]
fn store() {
    check(
        permission("store.in", "insert", &["note"]),
        expect![[r#"
            Action::"store.in.insert",  resource == Table::"app_w/default/note" when { context.account == "" }
              1 Write -
        "#]],
    );
    check(
        permission("store.in#work", "select", &[]),
        expect![[r#"
            Action::"store.in.select",  resource is Table in Store::"app_w/work" when { context.account == "work" }
              0 Read -
        "#]],
    );
    check(
        permission("store.in", "begin", &[]),
        expect![[r#"
            Action::"store.in.begin",  resource == Store::"app_w/default" when { context.account == "" }
              0 Read -
        "#]],
    );
    check(
        permission("store.in", "count", &["regex:note_[a-z]+"]),
        expect![[r#"
            Action::"store.in.count",  resource is Table in Store::"app_w/default" when { context.rx.contains("rx:065de1bb55b3160b") } when { context.account == "" }
              3 Read regular expression, not analysable: note_[a-z]+
        "#]],
    );
}

#[test]
fn store_refused() {
    for (method, arguments, part) in [
        ("begin", &["x"][..], "takes at most 0 arguments"),
        ("select", &["a/b"], "not the name of a table"),
        ("select", &["1"], "not the name of a table"),
        ("select", &[""], "not the name of a table"),
    ] {
        let errors = make(&[permission("store.in", method, arguments)]).unwrap_err();
        assert!(
            errors.first().unwrap().to_string().contains(part),
            "{errors:?}"
        );
    }
}

#[test]
fn proxy() {
    check(
        permission("proxy.in", "config", &["https://up.example:8443/api/"]),
        expect![[r#"
            Action::"proxy.in.config",  resource == Host::"up.example" when { context.url.scheme == "https" } when { context.url.port == 8443 } when { (context.url.path == "/api") || (context.url.path like "/api/*") } when { context.account == "" }
              0 Read -
        "#]],
    );
    check(
        permission("proxy.in", "config", &["http://localhost:9000"]),
        expect![[r#"
            Action::"proxy.in.config",  resource == Host::"localhost" when { context.url.scheme == "http" } when { context.url.port == 9000 } when { context.account == "" }
              0 Read -
        "#]],
    );
    check(
        permission("proxy.in", "config", &[]),
        expect![[r#"
            Action::"proxy.in.config",  resource is Host when { context.account == "" }
              3 Read passes requests on to any URL
        "#]],
    );
}

#[test]
fn expressions_of_proxies_cover_what_is_below() {
    for (pattern, url, expected) in [
        (
            r"regex:^https://[a-z]+\.example$",
            "https://up.example/a?b",
            true,
        ),
        (
            r"regex:https://[a-z]+\.example",
            "https://up.example.org/a",
            false,
        ),
        (
            r"regex:https://up\.example/api",
            "https://up.example/apis",
            false,
        ),
        (
            r"regex:https://up\.example/api",
            "https://up.example/api?x",
            true,
        ),
        (
            r"regex:https://up\.example/api/",
            "https://up.example/api/x",
            true,
        ),
        ("https://up.example/api", "https://up.example/api?x", true),
        ("https://up.example/api", "https://up.example/apis", false),
        ("https://*.example/*", "https://up.example/x", true),
    ] {
        let world = world(&[permission("proxy.in", "config", &[pattern])]);
        assert_eq!(world.may(&pass(url)), expected, "{pattern} {url}");
    }
    for (pattern, part) in [
        ("regex:a)|(b", "cannot be used"),
        ("regex:$", "matches nothing"),
        ("https://up.example/?x=1", "has a query"),
    ] {
        let errors = make(&[permission("proxy.in", "config", &[pattern])]).unwrap_err();
        assert!(
            errors.first().unwrap().to_string().contains(part),
            "{errors:?}"
        );
    }
}

#[test]
fn a_permission_is_for_one_account() {
    for (declared, called, expected) in [
        ("store.in", "", true),
        ("store.in", "work", false),
        ("store.in#work", "work", true),
        ("store.in#work", "", false),
        ("store.in#work", "home", false),
    ] {
        let world = world(&[permission(declared, "select", &["note"])]);
        assert_eq!(world.may(&select("app_w", called, "note")), expected);
        assert!(!world.may(&select("app_x", called, "note")));
        assert!(!world.may(&select("app_w", called, "other")));
    }
}

#[test]
fn a_secret_goes_with_one_account() {
    let get = permission("http.in#work", "get", &["https://api.weather.example/*"]);
    let world = world(&[with_secrets(get, &[&["weather", "key"]])]);
    let key = |account: &str| SecretResolve {
        secret: SecretId {
            provider: "file".into(),
            path: "weather/key".into(),
        },
        via: Action::HttpGet,
        sink: Sink::Url(Url::parse("https://api.weather.example/v1").unwrap()),
        account: account.into(),
    };
    assert!(world.may(&key("work")));
    assert!(!world.may(&key("")) && !world.may(&key("home")));
}

#[test]
fn accounts_have_plain_names() {
    for name in ["http.in#", "http.in#a b", "http.in#default", "http.in#a/b"] {
        let errors = make(&[permission(name, "get", &[])]).unwrap_err();
        assert!(
            errors
                .first()
                .unwrap()
                .to_string()
                .contains("names no account")
        );
    }
}

/// A policy approved before there were accounts keeps its id, and is for the plugin without one.
#[test]
fn earlier_approvals_keep_their_meaning() {
    let now = make(&[permission(
        "http.in",
        "get",
        &["https://api.weather.example/*"],
    )])
    .unwrap();
    let mut before = serde_json::to_value(&now).unwrap();
    let policy = before.get_mut(0).unwrap().as_object_mut().unwrap();
    policy.remove("account");
    let text = policy.get("text").and_then(|text| text.as_str()).unwrap();
    let text = text.replace("\nwhen { context.account == \"\" };", ";");
    assert!(!text.contains("account"));
    policy.insert("text".into(), text.into());
    let before: Vec<AppPolicy> = serde_json::from_value(before).unwrap();
    assert_eq!(compare(&before, &now).new, []);
    let bound: Vec<AppPolicy> = before.iter().cloned().map(AppPolicy::bound).collect();
    assert_eq!(bound, now);
    let engine = Engine::build(Sources {
        apps: vec![AppPolicies {
            instance: "app_w@prod".into(),
            policies: before,
        }],
        ..Sources::default()
    });
    let caller = Caller::App(Arc::new(acting(instance("app_w@prod", &[]))));
    let world = World {
        engine: engine.unwrap(),
        caller,
    };
    let get = |account: &str| {
        let target = Target::Http {
            method: HttpMethod::Get,
            url: Url::parse("https://api.weather.example/x").unwrap(),
            ip: [93, 184, 216, 34].into(),
        };
        touch(target, account)
    };
    assert!(world.may(&get("")));
    assert!(!world.may(&get("work")));
}
