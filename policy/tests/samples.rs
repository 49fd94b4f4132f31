//! One call of every kind, and one caller of every kind.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use policy::{
    Action, AdminAction, AdminCall, AdminResource, AppPolicies, Call, Caller, DevCall, DevTarget,
    Engine, Explanation, Facts, FsOp, HttpCall, HttpMethod, Moment, Page, PageCall, Permission,
    PluginCall, PolicyStore, SecretId, SecretResolve, SessionCall, SessionKind, Sink, Sources,
    StoreOp, Target, Url, generate,
};

use crate::testing::{acting, grants, guardrails, instance, moment, person};

type Question = Box<dyn Fn(&Engine, &Caller, &Moment) -> Explanation>;

type Verdict = Box<dyn Fn(&Engine, &Caller, &Moment) -> bool>;

/// A call, its name in the matrix, and how to ask it: for an explanation, or quickly.
pub(crate) struct Sample {
    pub name: String,
    pub action: Action,
    pub ask: Question,
    pub allows: Verdict,
}

fn sample<C: Call + 'static>(name: impl Into<String>, call: C) -> Sample {
    let action = call.action();
    let call = Arc::new(call);
    let same = Arc::clone(&call);
    Sample {
        name: name.into(),
        action,
        ask: Box::new(move |engine, caller, at| engine.explain(caller, &*call, at)),
        allows: Box::new(move |engine, caller, at| engine.would_allow(caller, &*same, at)),
    }
}

pub(crate) const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 216, 34));

pub(crate) fn get(url: &str, ip: IpAddr) -> PluginCall<()> {
    reach(HttpMethod::Get, url, ip)
}

fn reach(method: HttpMethod, url: &str, ip: IpAddr) -> PluginCall<()> {
    let url = Url::parse(url).expect("a URL of these tests");
    PluginCall {
        target: Target::Http { method, url, ip },
        account: String::new(),
        subjects: Vec::new(),
        cargo: (),
    }
}

pub(crate) fn access(instance: Arc<policy::Instance>) -> HttpCall<()> {
    HttpCall {
        instance,
        method: "GET".into(),
        path: "/w/x".into(),
        route: "/x".into(),
        upgrade: false,
        request: (),
    }
}

pub(crate) fn samples() -> Vec<Sample> {
    let mut waiting = instance("app_new@prod", &[]);
    Arc::make_mut(&mut waiting).approved = false;
    let mut samples = vec![
        sample("app.access", access(instance("app_w@prod", &[]))),
        sample("app.access unapproved", access(waiting)),
    ];
    for page in Page::ALL {
        let call = PageCall {
            page,
            method: "GET".into(),
            path: "/".into(),
            request: (),
        };
        samples.push(sample(format!("gateway.page {}", page.as_str()), call));
    }
    for kind in [SessionKind::Open, SessionKind::Refresh, SessionKind::Close] {
        let call = SessionCall { kind, request: () };
        samples.push(sample(call.action().as_str(), call));
    }
    samples.extend(plugin_samples());
    samples.extend(dev_samples());
    for action in AdminAction::ALL {
        let call = AdminCall {
            action: *action,
            resource: resource(*action),
            cargo: (),
        };
        samples.push(sample(call.action().as_str(), call));
    }
    samples
}

fn plugin_samples() -> Vec<Sample> {
    let mut samples = Vec::new();
    for method in HttpMethod::ALL {
        samples.push(sample(
            method.action().as_str(),
            reach(method, "https://api.example/v1/x", PUBLIC),
        ));
    }
    let internal = get(
        "https://api.example/v1/x",
        IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
    );
    samples.push(sample("http.in.get at 10.0.0.1", internal));
    samples.push(sample(
        "http.in.get elsewhere",
        get("https://other.example/", PUBLIC),
    ));
    let other = PluginCall {
        account: "work".into(),
        ..get("https://api.example/v1/x", PUBLIC)
    };
    samples.push(sample("http.in#work.get", other));
    let run = Target::Exec {
        program: "/usr/bin/du".into(),
        args: vec!["-sb".into()],
        cwd: "/srv".into(),
    };
    samples.push(sample(
        "exec.in.run",
        PluginCall {
            target: run,
            account: String::new(),
            subjects: Vec::new(),
            cargo: (),
        },
    ));
    for op in FsOp::ALL {
        let target = Target::Fs {
            op,
            path: "/srv/data/x".into(),
        };
        samples.push(sample(op.action().as_str(), touch(target, "")));
    }
    samples.extend(store_samples());
    samples.extend(proxy_samples());
    for host in ["api.example", "other.example"] {
        let secret = SecretId {
            provider: "env".into(),
            path: "KEY".into(),
        };
        let call = SecretResolve {
            secret,
            via: Action::HttpGet,
            sink: Sink::Url(
                Url::parse(&format!("https://{host}/v1/x")).expect("a URL of these tests"),
            ),
            account: String::new(),
        };
        samples.push(sample(format!("secret.resolve for {host}"), call));
    }
    samples
}

fn dev_samples() -> Vec<Sample> {
    let fetch = |ip| DevTarget::Fetch {
        url: Url::parse("https://cdn.example/lib.js").expect("a URL of these tests"),
        ip,
    };
    let run = DevTarget::Run {
        program: "/usr/bin/tailwindcss".into(),
        args: vec!["--watch=always".into()],
    };
    [
        (
            "dev.write",
            DevTarget::Write("/srv/app/config_gen.lock".into()),
        ),
        ("dev.run", run),
        ("dev.fetch", fetch(PUBLIC)),
        (
            "dev.fetch at 10.0.0.1",
            fetch(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))),
        ),
    ]
    .map(|(name, target)| sample(name, DevCall { target, cargo: () }))
    .into()
}

fn touch(target: Target, account: &str) -> PluginCall<()> {
    PluginCall {
        target,
        account: account.into(),
        subjects: Vec::new(),
        cargo: (),
    }
}

fn store_samples() -> Vec<Sample> {
    let call = |op: StoreOp, app: &str, account: &str| {
        let begins = matches!(op, StoreOp::Begin | StoreOp::Commit | StoreOp::Rollback);
        let target = Target::Store {
            op,
            app: app.into(),
            table: (!begins).then(|| "note".into()),
        };
        touch(target, account)
    };
    let mut samples: Vec<Sample> = StoreOp::ALL
        .into_iter()
        .map(|op| sample(op.action().as_str(), call(op, "app_w", "")))
        .collect();
    let odd = [
        ("store.in.select of app_z", "app_z", ""),
        ("store.in#work.select", "app_w", "work"),
        ("store.in#home.select", "app_w", "home"),
    ];
    samples
        .extend(odd.map(|(name, app, account)| sample(name, call(StoreOp::Select, app, account))));
    samples
}

fn proxy_samples() -> Vec<Sample> {
    let call = |method: &str, url: &str, ip: IpAddr| {
        let url = Url::parse(url).expect("a URL of these tests");
        let method = method.into();
        touch(Target::Proxy { method, url, ip }, "")
    };
    let inside = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    vec![
        sample(
            "proxy.in.config",
            call("GET", "https://up.example/a/b?c", PUBLIC),
        ),
        sample(
            "proxy.in.config POST",
            call("POST", "https://up.example/a", PUBLIC),
        ),
        sample(
            "proxy.in.config at 10.0.0.1",
            call("GET", "https://up.example/a", inside),
        ),
        sample(
            "proxy.in.config beside",
            call("GET", "https://up.example/ab", PUBLIC),
        ),
        sample(
            "proxy.in.config elsewhere",
            call("GET", "https://other.example/a", PUBLIC),
        ),
    ]
}

/// What each administrative action is about.
fn resource(action: AdminAction) -> AdminResource {
    match action {
        AdminAction::AppCreate | AdminAction::AppDevelop | AdminAction::AppPublish => {
            AdminResource::Space("/team".into())
        }
        AdminAction::AppRead
        | AdminAction::AppUpdate
        | AdminAction::AppDelete
        | AdminAction::AppApprove
        | AdminAction::AccountLink
        | AdminAction::AccountUnlink
        | AdminAction::AccountList => AdminResource::App("app_w".into(), "/team".into()),
        AdminAction::SetAdd | AdminAction::SetRemove => {
            AdminResource::AppSet("exec-allowed".into())
        }
        AdminAction::PolicyRead | AdminAction::PolicyExplain => {
            AdminResource::PolicyStore(PolicyStore::Grants)
        }
        AdminAction::AuditRead | AdminAction::AuditVerify | AdminAction::AuditReindex => {
            AdminResource::AuditLog
        }
        AdminAction::AppList
        | AdminAction::PolicyReload
        | AdminAction::SetList
        | AdminAction::UserAdd
        | AdminAction::UserList
        | AdminAction::UserUpdate
        | AdminAction::UserDelete
        | AdminAction::ServiceAdd
        | AdminAction::ServiceList
        | AdminAction::ServiceUpdate
        | AdminAction::ServiceDelete
        | AdminAction::TokenCreate
        | AdminAction::TokenList
        | AdminAction::TokenRevoke
        | AdminAction::SystemStatus
        | AdminAction::SystemStop
        | AdminAction::SessionList
        | AdminAction::SessionRevoke => AdminResource::System,
    }
}

pub(crate) fn callers() -> Vec<(&'static str, Caller)> {
    let mut disabled = person("local:eve", &["local:admins", "local:users"]);
    Arc::make_mut(&mut disabled).disabled = true;
    let app = |sets: &[&str]| Caller::App(Arc::new(acting(instance("app_w@prod", sets))));
    let mut unapproved = instance("app_w@prod", &["exec-allowed", "egress-internal"]);
    Arc::make_mut(&mut unapproved).approved = false;
    vec![
        ("anonymous", Caller::Anonymous),
        ("no-group", Caller::Person(person("local:nell", &[]))),
        (
            "user",
            Caller::Person(person("local:alice", &["local:users"])),
        ),
        (
            "auditor",
            Caller::Person(person("local:ann", &["local:auditors", "local:users"])),
        ),
        (
            "admin",
            Caller::Person(person("os:0", &["local:admins", "local:users"])),
        ),
        ("disabled", Caller::Person(disabled)),
        ("service", Caller::Person(person("sa:1", &["local:users"]))),
        ("app", app(&[])),
        ("app+exec", app(&["exec-allowed"])),
        ("app+inside", app(&["egress-internal"])),
        ("unapproved", Caller::App(Arc::new(acting(unapproved)))),
        ("dev-app", {
            let mut dev = instance("app_d@dev", &[]);
            Arc::make_mut(&mut dev).env = "dev".into();
            Caller::App(Arc::new(acting(dev)))
        }),
        (
            "other-app",
            Caller::App(Arc::new(acting(instance("app_x@prod", &["exec-allowed"])))),
        ),
    ]
}

/// What `app_w` is approved for.
pub(crate) fn app() -> AppPolicies {
    let permission = |plugin: &str, method: &str, argument: &str| Permission {
        plugin: plugin.into(),
        method: method.into(),
        arguments: vec![argument.into()],
        ..Permission::default()
    };
    let mut permissions: Vec<Permission> =
        ["get", "head", "options", "post", "put", "patch", "delete"]
            .iter()
            .map(|method| permission("http.in", method, "https://api.example/v1/*"))
            .collect();
    if let Some(get) = permissions.first_mut() {
        get.secrets = vec![vec!["KEY".into()]];
    }
    permissions.push(permission("exec.in", "run", "du"));
    for method in ["abs", "list", "find", "serve_tmp_file"] {
        permissions.push(permission("fs.in", method, "/srv/data/*"));
    }
    for op in StoreOp::ALL {
        let name = op.action().as_str().rsplit('.').next().unwrap_or_default();
        permissions.push(Permission {
            arguments: Vec::new(),
            ..permission("store.in", name, "")
        });
    }
    permissions.push(permission("store.in#work", "select", "note"));
    permissions.push(permission("proxy.in", "config", "https://up.example/a"));
    let facts = Facts {
        program: &|name| Some(format!("/usr/bin/{name}").into()),
        real_path: &|path| path.into(),
        secrets: &[],
        default_provider: "env",
    };
    let policies =
        generate(&"app_w@prod".into(), &permissions, &facts).expect("permissions of these tests");
    AppPolicies {
        instance: "app_w@prod".into(),
        policies,
    }
}

pub(crate) fn default_engine() -> Engine {
    let sources = Sources {
        guardrails: guardrails(),
        grants: grants(),
        apps: vec![app()],
    };
    Engine::build(sources).expect("the default policies")
}

pub(crate) fn ask(engine: &Engine, caller: &Caller, sample: &Sample) -> Explanation {
    (sample.ask)(engine, caller, &moment())
}
