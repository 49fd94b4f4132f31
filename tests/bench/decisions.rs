//! Decisions per second through the gate, with 10 and with 10 000 apps installed: a person opens an app.
//! Each decision is recorded on disk before it counts; 64 are under way at once.
//!
//! The baseline of the same run is the log alone, appending records of the same kind without deciding.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and stops when it cannot run"
)]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use policy::{
    AppPolicies, Authentication, Caller, Engine, Facts, Gate, HttpCall, Instance, InstanceId,
    Moment, Net, Permission, Person, PolicySource, Sources,
};

mod fixture;

const RUN: Duration = Duration::from_secs(3);
const AT_ONCE: usize = 64;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let folder = tempfile::tempdir_in(".").expect("a folder");
    println!(
        "{:<44} {:>10} {:>12}",
        "recorded decisions, 64 at once", "per s", "us each*"
    );
    for apps in [10, 10_000] {
        let sources = sources(apps);
        let began = Instant::now();
        let engine = Engine::build(sources).expect("valid policies");
        let built = began.elapsed();
        let log = fixture::log(&folder.path().join(format!("{apps}")));
        let gate = Arc::new(Gate::new(log.clone(), engine));
        let (rate, alone) = (runtime.block_on(admit(&gate, apps)), alone(&gate, apps));
        println!(
            "{:<44} {rate:>10.0} {:>12.1}",
            format!("open an app, {apps} installed"),
            alone.as_secs_f64() * 1e6
        );
        println!(
            "{:<44} {:>10} {:>12.0}",
            format!("  (engine built once, {apps} apps, ms)"),
            "",
            built.as_secs_f64() * 1e3
        );
        log.shutdown();
    }
    let log = fixture::log(&folder.path().join("alone"));
    println!(
        "{:<44} {:>10.0}",
        "the log alone",
        runtime.block_on(record(&log))
    );
    log.shutdown();
    println!("* one decision at a time on one thread, explained but not recorded");
}

fn instance(number: usize) -> Arc<Instance> {
    Arc::new(Instance {
        id: InstanceId::from(format!("app_{number}@prod")),
        app: format!("app_{number}").into(),
        path: format!("/app{number}"),
        env: "prod".into(),
        space: "/".into(),
        sets: vec![],
        approved: true,
        version: 1,
        spec_hash: "b".repeat(64),
        approval_seq: Some(1),
        risk: 0,
        owner_group: "local:admins".into(),
        auth: "any".into(),
    })
}

/// Two permissions and one grant of its own for each app.
fn sources(apps: usize) -> Sources {
    let permission = |path: &str| Permission {
        plugin: "http.in".into(),
        method: "get".into(),
        arguments: vec![format!("https://api.example/{path}/*")],
        ..Permission::default()
    };
    let facts = Facts {
        program: &|_| None,
        real_path: &|path| path.into(),
        secrets: &[],
        default_provider: "env",
    };
    let of_app = |number: usize| {
        let instance = InstanceId::from(format!("app_{number}@prod"));
        let policies = policy::generate(&instance, &[permission("v1"), permission("v2")], &facts)
            .expect("policies");
        AppPolicies { instance, policies }
    };
    let grants: String = (0..apps)
        .map(|number| {
            format!(
                "@id(\"s.team{number}\") permit (principal in Sallyport::Group::\"local:team{number}\", action == \
                 Sallyport::Action::\"app.access\", resource in Sallyport::App::\"app_{number}\");\n"
            )
        })
        .collect();
    let source = |name: &str, text: &str| PolicySource {
        name: name.into(),
        text: text.into(),
    };
    Sources {
        guardrails: vec![source("guardrails.cedar", policy::GUARDRAILS)],
        grants: vec![
            source("grants.cedar", policy::GRANTS),
            source("teams.cedar", &grants),
        ],
        apps: (0..apps).map(of_app).collect(),
    }
}

fn person() -> Arc<Person> {
    Arc::new(Person {
        id: "local:0192f0c4".into(),
        name: "dev".into(),
        provider: "local".into(),
        subject: "0192f0c4".into(),
        groups: ["local:users", "local:team3", "local:team7"]
            .map(Into::into)
            .to_vec(),
        disabled: false,
        email: None,
        auth: Authentication::plain("password", SystemTime::now().try_into().expect("a time")),
    })
}

fn moment() -> Moment {
    let net = Net {
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        tls: true,
        unix: false,
    };
    Moment {
        now: SystemTime::now().try_into().expect("a time"),
        trace: "t".repeat(32),
        parent: None,
        net,
    }
}

fn call(instance: &Arc<Instance>) -> HttpCall<()> {
    HttpCall {
        instance: Arc::clone(instance),
        method: "GET".into(),
        path: "/app/x".into(),
        route: "/{id}".into(),
        upgrade: false,
        request: (),
    }
}

async fn admit(gate: &Arc<Gate>, apps: usize) -> f64 {
    let began = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|number| {
            let (gate, instance, caller) = (
                Arc::clone(gate),
                instance(number % apps.min(10)),
                Caller::Person(person()),
            );
            tokio::spawn(async move {
                let mut count = 0_u64;
                while began.elapsed() < RUN {
                    let permit = gate
                        .admit(&caller, call(&instance), &moment())
                        .await
                        .expect("allowed");
                    let ((_call, mut open), outcome) = (permit.spend(), fixture::outcome());
                    open.durable().await.expect("a writable log");
                    open.close(outcome);
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.expect("a finished task");
    }
    count as f64 / RUN.as_secs_f64()
}

fn alone(gate: &Gate, apps: usize) -> Duration {
    let (engine, instance, caller, moment) = (
        gate.engine(),
        instance(apps / 2),
        Caller::Person(person()),
        moment(),
    );
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < RUN {
        let _ = std::hint::black_box(engine.explain(&caller, &call(&instance), &moment));
        count += 1;
    }
    RUN / count
}

async fn record(log: &audit::Log) -> f64 {
    let began = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut count = 0_u64;
                while began.elapsed() < RUN {
                    log.append(fixture::decision())
                        .await
                        .expect("a writable log")
                        .close(fixture::outcome());
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.expect("a finished task");
    }
    count as f64 / RUN.as_secs_f64()
}
