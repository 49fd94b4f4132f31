//! Case 51: people, groups, sessions and steps of one kind or provider are never taken for those of another, whatever
//! stands in their names.

use serde_json::{Value, json};

use super::provider::honest;
use super::site::{APPS, CLIENT, Hostile, LOGIN, location, login_origin, session, shown};
use super::{Variant, play};
use crate::harness::cli;
use crate::http::{Ask, Reply};
use crate::peer::agent::Agent;

const VARIANTS: &[Variant<Hostile>] = &[
    ("same-subject-elsewhere", |hostile| {
        app(hostile, &at_other(hostile, "ann", json!(["dev"])))
    }),
    ("group-with-a-provider", |hostile| {
        app(
            hostile,
            &at_other(hostile, "ann", json!(["corp:dev", "corp:admins"])),
        )
    }),
    ("subject-with-a-provider", |hostile| {
        app(
            hostile,
            &at_other(hostile, "corp:ann", json!(["local:admins"])),
        )
    }),
    ("subject-that-quotes", |hostile| {
        app(
            hostile,
            &at_other(
                hostile,
                "x\" in Sallyport::Group::\"corp:dev",
                json!(["\"corp:dev\""]),
            ),
        )
    }),
    ("flow-as-ticket", |hostile| {
        let mut agent = Agent::new();
        let flow = hostile.flow(&mut agent, "/open");
        joins(hostile, &mut agent, &flow)
    }),
    ("state-as-ticket", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let state = super::site::value(&begun.asked, "state").unwrap();
        joins(hostile, &mut begun.agent, &state)
    }),
    ("session-as-ticket", |hostile| {
        let mut alice = hostile.at_the_door("alice");
        let session = session(&alice, LOGIN);
        joins(hostile, &mut alice, &session)
    }),
    ("ticket-as-flow", |hostile| {
        let mut begun = hostile.begin(Agent::new());
        let ticket = hostile.ticket(&mut begun, "mallory");
        let ticket = ticket.split_once("ticket=").unwrap().1;
        begun
            .agent
            .glance(&hostile.login(&format!("/_sallyport/login?flow={ticket}")))
            .reply
    }),
    ("session-as-token", |hostile| {
        let alice = hostile.at_the_door("alice");
        bearer(hostile, &session(&alice, APPS))
    }),
    ("session-as-service-token", |hostile| {
        let alice = hostile.at_the_door("alice");
        bearer(hostile, &format!("sp_{}", session(&alice, APPS)))
    }),
    ("logout-by-another-provider", |hostile| {
        ended_by(
            hostile,
            "other",
            "corp",
            &json!({ "sub": "alice", "sid": "at-alice" }),
        )
    }),
    ("logout-token-as-id-token", |hostile| {
        let token = logout_token(hostile, "corp", &json!({ "sub": "mallory", "sid": "s" }));
        hostile.token(|_| token)
    }),
    ("id-token-as-logout-token", |hostile| {
        let begun = hostile.begin(Agent::new());
        let token = honest(&hostile.answer(&begun, "mallory").claims);
        posted(hostile, "corp", &token)
    }),
];

#[test]
fn one_is_never_taken_for_another() {
    let hostile = Hostile::start("");
    play(&hostile, "name", VARIANTS);
}

#[test]
fn a_provider_ends_its_own_sessions_alone() {
    let hostile = Hostile::start("");
    let alice = hostile.at_the_door("alice");
    let bob = hostile.at_the_door_with(Agent::new(), "a:b", |claims| claims["sid"] = json!("s:1"));
    let namesake = at_other(&hostile, "alice", json!([]));
    let status = |agent: &Agent| hostile.ask(APPS, "/open", &[&shown(agent, APPS)]).status;
    for which in [
        json!({ "sub": "alice", "sid": "at-alice" }),
        json!({ "sub": "corp:alice" }),
        json!({ "sub": "a:b" }),
        json!({ "sid": "s:1" }),
        json!({ "sub": "alice" }),
    ] {
        let reply = ended_by(&hostile, "other", "other", &which);
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    assert_eq!((status(&alice), status(&bob)), (200, 200));
    assert_eq!(status(&namesake), 401, "who was meant is signed out");
    // Half of what tells a session apart is not enough either.
    for which in [
        json!({ "sub": "a" }),
        json!({ "sid": "s" }),
        json!({ "sub": "alice", "sid": "s:1" }),
    ] {
        assert_eq!(ended_by(&hostile, "corp", "corp", &which).status, 200);
    }
    assert_eq!((status(&alice), status(&bob)), (200, 200));
    assert_eq!(
        ended_by(&hostile, "corp", "corp", &json!({ "sub": "a:b" })).status,
        200
    );
    assert_eq!((status(&alice), status(&bob)), (200, 401));
    let opened = hostile.site.server.decisions("session.open");
    assert!(
        opened
            .iter()
            .any(|record| record["principal"]["id"] == "corp:a:b"),
        "{opened:?}"
    );
}

#[test]
fn names_of_providers_cannot_be_mistaken() {
    let home = tempfile::TempDir::new().unwrap();
    for name in ["corp:x", "local", "sa", "Corp", "c\u{43e}rp", "a b", ""] {
        let config = format!(
            "{}\n[login]\norigin = \"{}\"\n\n[oidc.\"{name}\"]\nissuer = \"http://127.0.0.1:1\"\nclient_id = \"{CLIENT}\"\n",
            crate::harness::CONFIG,
            login_origin(1)
        );
        std::fs::write(home.path().join("sallyport.toml"), config).unwrap();
        let ran = cli(home.path(), &["server", "start"]);
        assert_ne!(ran.code, 0, "a provider is called `{name}`: {ran:?}");
    }
}

fn app(hostile: &Hostile, agent: &Agent) -> Reply {
    hostile.ask(APPS, "/open", &[&shown(agent, APPS)])
}

/// Somebody of the other provider.
#[track_caller]
fn at_other(hostile: &Hostile, subject: &str, groups: Value) -> Agent {
    let mut begun = hostile.begin_at(Agent::new(), "other", "/open");
    let mut answer = hostile.answer(&begun, subject);
    answer.claims["groups"] = groups;
    let callback = hostile.callback(&begun, &answer);
    let ticket = location(&begun.agent.glance(&callback));
    let page = begun.agent.glance(ticket.as_str());
    assert_eq!(page.reply.status, 303, "{page:?}");
    begun.agent
}

/// Policy may keep a sign-in that its provider ended, but the provider does not hear that it is over.
#[test]
fn a_provider_hears_that_a_session_goes_on() {
    let hostile = Hostile::start("");
    let alice = hostile.at_the_door("alice");
    let server = &hostile.site.server;
    let rule = "@id(\"t.stay\")\n@reason(\"they stay\")\nforbid (principal, action == Sallyport::Action::\"session.close\", resource);\n";
    let file = server.home().join("policy/guardrails/stay.cedar");
    std::fs::write(&file, rule).unwrap();
    server.cli(&["policy", "reload"]).ok();
    let which = json!({ "sub": "alice" });
    assert_eq!(ended_by(&hostile, "corp", "corp", &which).status, 503);
    std::fs::remove_file(file).unwrap();
    server.cli(&["policy", "reload"]).ok();
    assert_eq!(ended_by(&hostile, "corp", "corp", &which).status, 200);
    let reply = hostile.ask(APPS, "/open", &[&shown(&alice, APPS)]);
    assert_eq!(reply.status, 401, "{reply:?}");
}

fn joins(hostile: &Hostile, agent: &mut Agent, ticket: &str) -> Reply {
    agent
        .glance(
            &hostile
                .site
                .url(&format!("/_sallyport/session?ticket={ticket}")),
        )
        .reply
}

fn bearer(hostile: &Hostile, token: &str) -> Reply {
    let ask = Ask::get("/open").host(&format!("{APPS}:{}", hostile.site.port));
    hostile
        .site
        .server
        .send(&ask.header("Authorization", &format!("Bearer {token}")))
}

/// A token with which a provider ends sessions, told to that or another one's address.
fn ended_by(hostile: &Hostile, tenant: &str, told: &str, which: &Value) -> Reply {
    posted(hostile, told, &logout_token(hostile, tenant, which))
}

fn logout_token(hostile: &Hostile, tenant: &str, which: &Value) -> String {
    let now = jiff::Timestamp::now().as_second();
    let mut claims = json!({
        "iss": hostile.provider.issuer(tenant), "aud": CLIENT, "iat": now, "exp": now + 120,
        "jti": format!("{tenant} {which} {}", jiff::Timestamp::now()),
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    for (name, value) in which.as_object().unwrap() {
        claims[name] = value.clone();
    }
    honest(&claims)
}

fn posted(hostile: &Hostile, tenant: &str, token: &str) -> Reply {
    let path = format!("/_sallyport/oidc/{tenant}/logout");
    let ask = Ask::post(&path, &format!("logout_token={token}"));
    hostile
        .site
        .server
        .send(&ask.host(&format!("{LOGIN}:{}", hostile.site.port)))
}
