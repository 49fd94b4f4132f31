//! People, apps and moments for tests.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Acting, Authentication, GRANTS, GUARDRAILS, Instance, Moment, Net, Person, PolicySource,
};

pub(crate) fn guardrails() -> Vec<PolicySource> {
    vec![PolicySource {
        name: "guardrails.cedar".into(),
        text: GUARDRAILS.into(),
    }]
}

pub(crate) fn grants() -> Vec<PolicySource> {
    vec![PolicySource {
        name: "grants.cedar".into(),
        text: GRANTS.into(),
    }]
}

pub(crate) fn moment() -> Moment {
    let ip = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
    let now = Timestamp::from_second(1_795_000_000).unwrap_or_default();
    Moment {
        now,
        trace: "t1".into(),
        parent: None,
        net: Net {
            ip,
            tls: true,
            unix: false,
        },
    }
}

pub(crate) fn person(id: &str, groups: &[&str]) -> Arc<Person> {
    Arc::new(Person {
        id: id.into(),
        name: "Someone".into(),
        provider: "local".into(),
        subject: id.into(),
        groups: groups.iter().map(|group| (*group).into()).collect(),
        disabled: false,
        email: None,
        auth: Authentication {
            session: Some("s".into()),
            ..Authentication::plain("password", moment().now)
        },
    })
}

pub(crate) fn instance(id: &str, sets: &[&str]) -> Arc<Instance> {
    Arc::new(Instance {
        id: id.into(),
        app: id.split('@').next().unwrap_or_default().into(),
        path: "/w".into(),
        env: "prod".into(),
        space: "/team/web".into(),
        sets: sets.iter().map(|set| (*set).into()).collect(),
        approved: true,
        version: 3,
        spec_hash: "h".into(),
        approval_seq: Some(9),
        risk: 0,
        owner_group: "local:team".into(),
        auth: "any".into(),
    })
}

pub(crate) fn acting(instance: Arc<Instance>) -> Acting {
    Acting {
        instance,
        on_behalf_of: Some(person("local:alice", &["local:users"])),
    }
}
