//! What each kind of permission comes to, as text; and what it permits, through an engine.

mod account;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use expect_test::{Expect, expect};

use super::*;
use crate::call::{Call, FsOp, HttpMethod, PluginCall, SecretResolve, Sink, Target};
use crate::caller::Caller;
use crate::engine::{AppPolicies, Engine, Sources};
use crate::testing::{acting, guardrails, instance, moment};
use crate::url::Url;

fn permission(plugin: &str, method: &str, arguments: &[&str]) -> Permission {
    let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
    Permission {
        plugin: plugin.into(),
        method: method.into(),
        arguments,
        ..Permission::default()
    }
}

fn with_secrets(permission: Permission, secrets: &[&[&str]]) -> Permission {
    let secrets = secrets
        .iter()
        .map(|keys| keys.iter().map(|key| (*key).to_owned()).collect())
        .collect();
    Permission {
        secrets,
        ..permission
    }
}

fn make(permissions: &[Permission]) -> Result<Vec<AppPolicy>, Vec<PermissionError>> {
    let facts = Facts {
        program: &|name| {
            (name == "du" || name == "/usr/bin/du").then(|| PathBuf::from("/usr/bin/du"))
        },
        real_path: &|path| Path::new("/srv").join(path),
        secrets: &[SecretId {
            provider: "file".into(),
            path: "weather/key".into(),
        }],
        default_provider: "env",
    };
    generate(&"app_w@prod".into(), permissions, &facts)
}

/// The body of each policy (without what all have in common), then level and risk.
fn check(permission: Permission, expected: Expect) {
    let text = match make(&[permission]) {
        Err(errors) => errors
            .iter()
            .map(|error| format!("error: {error}\n"))
            .collect(),
        Ok(policies) => policies.iter().map(summary).collect::<String>(),
    };
    expected.assert_eq(&text);
}

fn summary(policy: &AppPolicy) -> String {
    let body = policy
        .text
        .split("\n  action == ")
        .nth(1)
        .unwrap_or("nothing")
        .replace("Sallyport::", "");
    let body = body
        .trim_end()
        .replace("\n)", "")
        .replace(['\n', ';'], " ")
        .replace("  ", " ");
    format!(
        "{}\n  {} {:?} {}\n",
        body.trim_end(),
        policy.level,
        policy.effect,
        policy.risk.as_deref().unwrap_or("-")
    )
}

#[test]
fn a_policy_is_readable() {
    let source = Some("app.star:64".to_owned());
    let get = Permission {
        source,
        ..permission("http.in", "get", &["https://api.weather.example/v1/*"])
    };
    let policies = make(&[get]).unwrap();
    expect![[r#"
        @declared("ace.permission(\"http.in\", \"get\", [\"https://api.weather.example/v1/*\"])")
        @id("a.app_w@prod.d1acb3be0d05fc42")
        @source("app.star:64")
        permit (
          principal == Sallyport::AppInstance::"app_w@prod",
          action == Sallyport::Action::"http.in.get",
          resource == Sallyport::Host::"api.weather.example"
        )
        when { context.url.scheme == "https" }
        when { context.url.port == 443 }
        when { context.url.path like "/v1/*" }
        when { context.account == "" };
    "#]]
    .assert_eq(&policies.first().unwrap().text);
}

#[test]
fn http() {
    check(
        permission("http.in", "get", &["https://API.Weather.example./v1/*"]),
        expect![[r#"
            Action::"http.in.get",  resource == Host::"api.weather.example" when { context.url.scheme == "https" } when { context.url.port == 443 } when { context.url.path like "/v1/*" } when { context.account == "" }
              0 Read -
        "#]],
    );
    check(
        permission("http.in", "get", &["https://api.weather.example"]),
        expect![[r#"
            Action::"http.in.get",  resource == Host::"api.weather.example" when { context.url.scheme == "https" } when { context.url.port == 443 } when { context.url.path == "/" } when { context.url.query == "" } when { context.account == "" }
              0 Read -
        "#]],
    );
    check(
        permission(
            "http.in",
            "post",
            &["http://*.weather.example:8080/a/*/b?x=*"],
        ),
        expect![[r#"
            Action::"http.in.post",  resource is Host in Domain::"weather.example" when { context.url.scheme == "http" } when { context.url.port == 8080 } when { context.url.path like "/a/*/b" } when { context.url.query like "x=*" } when { context.account == "" }
              2 Write any host below weather.example
        "#]],
    );
    check(
        permission("http.in", "get", &["https://api.x.example/data?*"]),
        expect![[r#"
            Action::"http.in.get",  resource == Host::"api.x.example" when { context.url.scheme == "https" } when { context.url.port == 443 } when { context.url.path == "/data" } when { context.account == "" }
              0 Read -
        "#]],
    );
    check(
        permission("http.in", "delete", &[]),
        expect![[r#"
            Action::"http.in.delete",  resource is Host when { context.account == "" }
              3 Write any host, any URL
        "#]],
    );
    check(
        permission(
            "http.in",
            "get",
            &[r"regex:^https://api\.github\.com/repos/.*$"],
        ),
        expect![[r#"
            Action::"http.in.get",  resource is Host when { context.rx.contains("rx:fb92605e08efba2f") } when { context.account == "" }
              3 Read regular expression, not analysable: ^https://api\.github\.com/repos/.*$
        "#]],
    );
}

/// The approver reads where a name or a link leads.
#[test]
fn look_alikes_are_named() {
    let risk = |permission: Permission| make(&[permission]).unwrap().remove(0).risk;
    let cyrillic = permission("http.in", "get", &["https://\u{430}pi.example/*"]);
    assert_eq!(risk(cyrillic).unwrap(), "the host is xn--pi-6kc.example");
    assert_eq!(
        risk(permission("http.in", "get", &["https://api.example/*"])),
        None
    );
}

#[test]
fn http_refused() {
    for (pattern, part) in [
        ("https://api.*.example/x", "`*` in its host"),
        ("https://api.weather.example*", "`*` in its host"),
        ("https://*/x", "`*` in its host"),
        ("https://*.10.0.0.1/x", "below an address"),
        ("https://api.example/public/../*", "`.` or `..`"),
        ("https://api.example/a/%2E%2e/b", "`.` or `..`"),
        ("api.example/x", "not a URL"),
        ("ftp://api.example/x", "neither an http"),
        ("https://u:p@api.example/x", "names a user"),
        ("https://api.example/x#y", "`#`"),
        ("https://api.example/a%2Fb", "encoded separator"),
        ("regex:a)|(b", "cannot be used"),
        ("regex:", "matches nothing"),
        ("regex:(a{1000}){1000}", "cannot be used"),
    ] {
        let errors = make(&[permission("http.in", "get", &[pattern])]).unwrap_err();
        assert!(
            errors.first().unwrap().to_string().contains(part),
            "{pattern}: {errors:?}"
        );
    }
}

#[test]
fn exec() {
    check(
        permission("exec.in", "run", &["du", "-sb"]),
        expect![[r#"
            Action::"exec.in.run",  resource == Program::"/usr/bin/du" when { (context has arg0) && (context.arg0 == "-sb") } when { context.optionsEnd <= 1 } when { context.account == "" }
              3 System runs /usr/bin/du on the gateway's host
        "#]],
    );
    check(
        permission("exec.in", "run", &["du", "[\"-sb\"]"]),
        expect![[r#"
            Action::"exec.in.run",  resource == Program::"/usr/bin/du" when { context.args == "[\"-sb\"]" } when { context.account == "" }
              3 System runs /usr/bin/du on the gateway's host
        "#]],
    );
    check(
        permission("exec.in", "run", &["du"]),
        expect![[r#"
            Action::"exec.in.run",  resource == Program::"/usr/bin/du" when { context.account == "" }
              3 System runs /usr/bin/du on the gateway's host; with any arguments
        "#]],
    );
    check(
        permission("exec.in", "run", &["nosuch"]),
        expect![[r#"
        error: program `nosuch` is not found on this host; install it or name it by its full path
    "#]],
    );
}

#[test]
fn fs() {
    check(
        permission("fs.in", "list", &["/srv/data/*"]),
        expect![[r#"
            Action::"fs.in.list",  resource in Path::"/srv/data" when { context.account == "" }
              0 Read -
        "#]],
    );
    check(
        permission("fs.in", "abs", &["data"]),
        expect![[r#"
            Action::"fs.in.abs",  resource == Path::"/srv/data" when { context.account == "" }
              0 Read the path is /srv/data
        "#]],
    );
    check(
        permission("fs.in", "serve_tmp_file", &["/*"]),
        expect![[r#"
            Action::"fs.in.read",  resource in Path::"/" when { context.account == "" }
              2 Read any file or directory
        "#]],
    );
    check(
        permission("fs.in", "find", &["/srv/*/x"]),
        expect![[r#"
        error: `/srv/*/x` is not a path; name a path, or a directory as `/dir/*`
    "#]],
    );
    check(
        permission("fs.in", "find", &["/srv/data", "*.log"]),
        expect![[r#"
            Action::"fs.in.find",  resource == Path::"/srv/data" when { context.rx.contains("rx:eee8c8521604de1e") } when { context.account == "" }
              0 Read -
        "#]],
    );
}

#[test]
fn secrets() {
    let get = || permission("http.in", "get", &["https://api.weather.example/*"]);
    check(
        with_secrets(get(), &[&["weather", "key"]]),
        expect![[r#"
            Action::"http.in.get",  resource == Host::"api.weather.example" when { context.url.scheme == "https" } when { context.url.port == 443 } when { context.url.path like "/*" } when { context.account == "" }
              0 Read -
            Action::"secret.resolve",  resource == Secret::"file:weather/key" when { context.via == "http.in.get" } when { (context has sinkHost) && (context.sinkHost == Host::"api.weather.example") } when { (context has url) && (context.url.scheme == "https") } when { (context has url) && (context.url.port == 443) } when { (context has url) && (context.url.path like "/*") } when { context.account == "" }
              1 System -
        "#]],
    );
    check(
        with_secrets(get(), &[&["other"]]),
        expect![[r#"
            Action::"http.in.get",  resource == Host::"api.weather.example" when { context.url.scheme == "https" } when { context.url.port == 443 } when { context.url.path like "/*" } when { context.account == "" }
              0 Read -
            Action::"secret.resolve",  resource == Secret::"env:other" when { context.via == "http.in.get" } when { (context has sinkHost) && (context.sinkHost == Host::"api.weather.example") } when { (context has url) && (context.url.scheme == "https") } when { (context has url) && (context.url.port == 443) } when { (context has url) && (context.url.path like "/*") } when { context.account == "" }
              1 System -
        "#]],
    );
    check(
        with_secrets(get(), &[&["weather", "regex:[a-z]+"]]),
        expect![[r#"
            Action::"http.in.get",  resource == Host::"api.weather.example" when { context.url.scheme == "https" } when { context.url.port == 443 } when { context.url.path like "/*" } when { context.account == "" }
              0 Read -
            Action::"secret.resolve",  resource is Secret in SecretPath::"env:" when { context.rx.contains("rx:4b85c94fa4c57f9f") } when { context.via == "http.in.get" } when { (context has sinkHost) && (context.sinkHost == Host::"api.weather.example") } when { (context has url) && (context.url.scheme == "https") } when { (context has url) && (context.url.port == 443) } when { (context has url) && (context.url.path like "/*") } when { context.account == "" }
              3 System regular expression, not analysable: weather[/_](?:[a-z]+)
            Action::"secret.resolve",  resource is Secret in SecretPath::"file:" when { context.rx.contains("rx:4b85c94fa4c57f9f") } when { context.via == "http.in.get" } when { (context has sinkHost) && (context.sinkHost == Host::"api.weather.example") } when { (context has url) && (context.url.scheme == "https") } when { (context has url) && (context.url.port == 443) } when { (context has url) && (context.url.path like "/*") } when { context.account == "" }
              3 System regular expression, not analysable: weather[/_](?:[a-z]+)
        "#]],
    );
    check(
        with_secrets(permission("http.in", "get", &[]), &[&["weather", "key"]]),
        expect![[r#"
            Action::"http.in.get",  resource is Host when { context.account == "" }
              2 Read any host, any URL
            Action::"secret.resolve",  resource == Secret::"file:weather/key" when { context.via == "http.in.get" } when { context.account == "" }
              3 System the secret may be sent to any host
        "#]],
    );
    check(
        with_secrets(
            permission("exec.in", "run", &["du"]),
            &[&["weather", "key"]],
        ),
        expect![[r#"
            Action::"exec.in.run",  resource == Program::"/usr/bin/du" when { context.account == "" }
              3 System runs /usr/bin/du on the gateway's host; with any arguments
            Action::"secret.resolve",  resource == Secret::"file:weather/key" when { context.via == "exec.in.run" } when { (context has sinkProgram) && (context.sinkProgram == Program::"/usr/bin/du") } when { context.account == "" }
              1 System -
        "#]],
    );
    check(
        with_secrets(permission("fs.in", "list", &["/x"]), &[&["weather", "key"]]),
        expect![[r#"
        error: fs.in.list carries no secrets
    "#]],
    );
}

#[test]
fn declared_effects() {
    let read = Permission {
        kind: Some(Effect::Read),
        ..permission("http.in", "post", &["https://a.example/"])
    };
    check(
        Permission {
            source: Some("app.star:7".into()),
            ..read
        },
        expect![[r#"
        error: app.star:7: declares http.in.post as read, but it writes; leave `type` out or say `ace.WRITE`
    "#]],
    );
    let write = Permission {
        kind: Some(Effect::Write),
        ..permission("http.in", "get", &["https://a.example/"])
    };
    assert_eq!(
        make(&[write]).unwrap().first().unwrap().effect,
        Effect::Write
    );
    check(
        Permission {
            kind: Some(Effect::Read),
            ..permission("exec.in", "run", &["du"])
        },
        expect![[r#"
        error: declares exec.in.run as read, but it writes; leave `type` out or say `ace.WRITE`
    "#]],
    );
}

#[test]
fn plugins_of_later_versions_are_shown_and_permit_nothing() {
    check(
        permission("container.in", "config", &["auto"]),
        expect![[r#"
            nothing
              0 Read not available in this version; calls are refused
        "#]],
    );
    check(
        permission("http.in", "get", &["regex:^<CONTAINER_URL>"]),
        expect![[r#"
        nothing
          0 Read not available in this version; calls are refused
    "#]],
    );
    check(
        permission("nosuch.in", "get", &[]),
        expect![[r#"
        error: there is no plugin `nosuch.in`
    "#]],
    );
    check(
        permission("http.in", "frobnicate", &[]),
        expect![[r#"
        error: http.in has no function `frobnicate`
    "#]],
    );
}

#[test]
fn ids_are_stable_and_distinct() {
    let one = Permission {
        source: Some("app.star:5".into()),
        ..permission("http.in", "get", &["https://a.example/*"])
    };
    let moved = Permission {
        source: Some("app.star:9".into()),
        ..one.clone()
    };
    let other = permission("http.in", "head", &["https://a.example/*"]);
    let before = make(std::slice::from_ref(&one)).unwrap();
    let after = make(&[other, moved]).unwrap();
    let difference = compare(&before, &after);
    assert_eq!(
        (
            difference.same.len(),
            difference.new.len(),
            difference.gone.len()
        ),
        (1, 1, 0)
    );
    assert_eq!(
        make(&[one.clone(), one]).unwrap().len(),
        1,
        "declared twice"
    );
}

#[test]
fn permit_needs_a_permission_of_the_person() {
    let mut find = permission("fs.in", "find", &["/srv/data/*"]);
    find.permit = vec!["deepscan".into()];
    check(
        find,
        expect![[r#"
            Action::"fs.in.find",  resource in Path::"/srv/data" when { context.caller.perms.containsAny(["deepscan"]) } when { context.account == "" }
              0 Read -
        "#]],
    );
}

struct World {
    engine: Engine,
    caller: Caller,
}

fn world(permissions: &[Permission]) -> World {
    let policies = make(permissions).unwrap();
    let apps = vec![AppPolicies {
        instance: "app_w@prod".into(),
        policies,
    }];
    let engine = Engine::build(Sources {
        guardrails: guardrails(),
        grants: Vec::new(),
        apps,
    })
    .unwrap();
    engine.check_apps().unwrap();
    let instance = instance("app_w@prod", &["exec-allowed"]);
    World {
        engine,
        caller: Caller::App(Arc::new(acting(instance))),
    }
}

impl World {
    fn may<C: Call>(&self, call: &C) -> bool {
        let explanation = self.engine.explain(&self.caller, call, &moment());
        assert!(explanation.errors.is_empty(), "{explanation:?}");
        explanation.allowed
    }

    fn get(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else {
            return false;
        };
        let ip: IpAddr = [93, 184, 216, 34].into();
        self.may(&PluginCall {
            target: Target::Http {
                method: HttpMethod::Get,
                url,
                ip,
            },
            account: String::new(),
            subjects: Vec::new(),
            cargo: (),
        })
    }

    fn run(&self, program: &str, args: &[&str]) -> bool {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let subjects = vec![
            (0, program.to_owned()),
            (1, printed::list(&args)),
            (2, "[]".to_owned()),
        ];
        self.may(&PluginCall {
            target: Target::Exec {
                program: program.into(),
                args,
                cwd: "/".into(),
            },
            account: String::new(),
            subjects,
            cargo: (),
        })
    }

    fn list(&self, path: &str) -> bool {
        let target = Target::Fs {
            op: FsOp::List,
            path: path.into(),
        };
        self.may(&PluginCall {
            target,
            account: String::new(),
            subjects: Vec::new(),
            cargo: (),
        })
    }

    fn secret(&self, path: &str, sink: Sink) -> bool {
        let secret = SecretId {
            provider: "file".into(),
            path: path.into(),
        };
        self.may(&SecretResolve {
            secret,
            via: Action::HttpGet,
            sink,
            account: String::new(),
        })
    }
}

#[test]
fn hostile_strings_stay_strings() {
    for text in [
        "x\") || true || (\"*",
        "*\" || true || \"",
        "\\\") }; permit (principal, action, resource);//",
    ] {
        let world = world(&[
            permission("http.in", "get", &["https://a.example/", text]),
            permission("exec.in", "run", &["du", text]),
            permission(
                "fs.in",
                "list",
                &[&format!("/srv/{}", text.replace('*', ""))],
            ),
            Permission {
                permit: vec![text.into()],
                ..permission("http.in", "get", &["https://b.example/"])
            },
        ]);
        assert!(!world.get("https://a.example/") && !world.get("https://b.example/"));
        assert!(!world.run("/usr/bin/du", &["x"]) && world.run("/usr/bin/du", &[text]));
        assert!(!world.list("/srv/x"));
    }
}

/// Case 15: a wildcard host is strictly below, at label borders.
#[test]
fn wildcard_hosts() {
    let world = world(&[permission(
        "http.in",
        "get",
        &["https://*.internal.example.com/*"],
    )]);
    for (url, expected) in [
        ("https://a.internal.example.com/", true),
        ("https://a.b.INTERNAL.example.com./x", true),
        ("https://internal.example.com/", false),
        ("https://evilinternal.example.com/", false),
        ("https://x.internal.example.com.evil.io/", false),
        ("https://a.internal.example.com:8443/", false),
        ("http://a.internal.example.com/", false),
    ] {
        assert_eq!(world.get(url), expected, "{url}");
    }
}

/// Case 62: pinned arguments, extra arguments, confused types, hosts and expressions that are not anchored.
#[test]
fn pinned_arguments() {
    let pinned = world(&[permission("exec.in", "run", &["du", "-sb"])]);
    assert!(pinned.run("/usr/bin/du", &["-sb"]) && pinned.run("/usr/bin/du", &["-sb", "/srv"]));
    for args in [
        &[][..],
        &["-s"],
        &["/srv", "-sb"],
        &["-sb", "--files0-from=/etc/shadow"],
        &["[\"-sb\"]"],
        &["-sb", "x", "-L"],
    ] {
        assert!(!pinned.run("/usr/bin/du", args), "{args:?}");
    }
    assert!(!pinned.run("/usr/bin/rm", &["-sb"]) && !pinned.run("/tmp/du", &["-sb"]));

    let whole = world(&[permission("exec.in", "run", &["du", "[\"-sb\"]"])]);
    assert!(whole.run("/usr/bin/du", &["-sb"]));
    for args in [&[][..], &["-sb", "x"], &["[\"-sb\"]"], &["-sb\", \"x"]] {
        assert!(!whole.run("/usr/bin/du", args), "{args:?}");
    }
}

#[test]
fn expressions_are_anchored() {
    let world = world(&[permission(
        "http.in",
        "get",
        &[r"regex:https://api\.ok/v[0-9]"],
    )]);
    assert!(world.get("https://api.ok/v1"));
    for url in [
        "http://evil/?u=https://api.ok/v1",
        "https://api.ok/v1/x",
        "https://api.ok/v1?https://api.ok/v1",
        "https://apiXok/v1",
        "https://api.ok@evil.example/v1",
        "https://аpi.ok/v1",
    ] {
        assert!(!world.get(url), "{url}");
    }
}

#[test]
fn urls_are_compared_in_one_form() {
    let world = world(&[permission("http.in", "get", &["https://api.example/v1/*"])]);
    for (url, expected) in [
        ("https://api.example/v1/", true),
        ("https://API.example:443/v1/a?b=c", true),
        ("https://api.example/v1/%61", true),
        ("https://api.example/v1", false),
        ("https://api.example/v1/../admin", false),
        ("https://api.example/v1/%2e%2e/admin", false),
        ("https://api.example/v1/..%2fadmin", false),
        ("https://api.example/v1/..%5cadmin", false),
        ("https://ａpi.example.evil.io/v1/", false),
    ] {
        assert_eq!(world.get(url), expected, "{url}");
    }
}

#[test]
fn directories_end_at_separators() {
    let world = world(&[permission("fs.in", "list", &["/srv/data/*"])]);
    for (path, expected) in [
        ("/srv/data", true),
        ("/srv/data/a/b", true),
        ("/srv/database", false),
        ("/srv", false),
    ] {
        assert_eq!(world.list(path), expected, "{path}");
    }
}

#[test]
fn secrets_go_where_they_were_approved() {
    let get = permission("http.in", "get", &["https://api.weather.example/*"]);
    let literal = world(&[with_secrets(get.clone(), &[&["weather", "key"]])]);
    let host = |name: &str| Sink::Url(Url::parse(&format!("https://{name}/v1")).unwrap());
    assert!(literal.secret("weather/key", host("api.weather.example")));
    assert!(!literal.secret("weather/key", host("github.com")));
    assert!(!literal.secret("weather/key", Sink::Program("/usr/bin/du".into())));
    assert!(
        !literal.secret("weather/key/x", host("api.weather.example"))
            && !literal.secret("weather", host("api.weather.example"))
    );
    let regex = world(&[with_secrets(get, &[&["weather", "regex:[a-z]+"]])]);
    assert!(regex.secret("weather/key", host("api.weather.example")));
    assert!(
        !regex.secret("weather/key9", host("api.weather.example"))
            && !regex.secret("x/weather/key", host("api.weather.example"))
    );
}

#[test]
fn secrets_stay_with_the_url_they_were_approved_for() {
    let get = permission("http.in", "get", &["https://api.weather.example/v1/*"]);
    let world = world(&[
        with_secrets(get, &[&["weather", "key"]]),
        permission("http.in", "get", &["http://api.weather.example/*"]),
        permission("http.in", "get", &["https://api.weather.example/ping"]),
    ]);
    for (url, expected) in [
        ("https://api.weather.example/v1/x?y=1", true),
        ("http://api.weather.example/v1/x", false),
        ("https://api.weather.example:8443/v1/x", false),
        ("https://api.weather.example/ping", false),
    ] {
        let sink = Sink::Url(Url::parse(url).unwrap());
        assert_eq!(world.secret("weather/key", sink), expected, "{url}");
    }
}

#[test]
fn a_stored_permission_says_whether_its_effect_was_declared() {
    let whole = serde_json::to_value(Permission::default()).unwrap();
    assert!(serde_json::from_value::<Permission>(whole.clone()).is_ok());
    let mut missing = whole;
    missing.as_object_mut().unwrap().remove("kind");
    assert!(serde_json::from_value::<Permission>(missing).is_err());
}
