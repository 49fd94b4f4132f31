//! A gateway around one app: the same for the tests in this crate and for those that start workers.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use audit::{BootFacts, Log, Options};
use policy::{
    AppId, AppPolicies, AppSet, Engine, GRANTS, GUARDRAILS, Gate, GroupId, Instance, InstanceId,
    Moment, Net, PolicySource, Sources,
};

/// A gate with the default policies and those of `apps`; its log lies in `dir`.
pub(crate) fn gate(dir: &Path, apps: Vec<AppPolicies>) -> Gate {
    let options = Options {
        preallocate_bytes: 1 << 20,
        ..Options::new(
            dir.to_owned(),
            "test".to_owned(),
            BootFacts::default(),
            || 1_800_000_000_000_000_000,
        )
    };
    let file = |name: &str, text: &str| PolicySource {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let engine = Engine::build(Sources {
        guardrails: vec![file("guardrails.cedar", GUARDRAILS)],
        grants: vec![file("grants.cedar", GRANTS)],
        apps,
    });
    Gate::new(Log::open(options).unwrap(), engine.unwrap())
}

pub(crate) fn instance(sets: &[&str]) -> Instance {
    Instance {
        id: InstanceId::from("app_test@prod"),
        app: AppId::from("app_test"),
        path: "/test".to_owned(),
        env: "prod".to_owned(),
        space: "/".to_owned(),
        sets: sets.iter().map(|set| AppSet::from(*set)).collect(),
        approved: true,
        version: 1,
        spec_hash: "0".to_owned(),
        approval_seq: Some(1),
        risk: 0,
        owner_group: GroupId::from("local:users"),
        auth: "any".to_owned(),
    }
}

pub(crate) fn moment() -> Moment {
    Moment {
        now: jiff::Timestamp::from_second(1_800_000_000).unwrap(),
        trace: "trace-1".to_owned(),
        parent: None,
        net: Net {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            tls: true,
            unix: false,
        },
    }
}
