//! Cases 40 and 41: addresses and names that prove nothing.

use super::*;

pub const MAIL: &[Variant<Hostile>] = &[
    ("two-ats", |hostile| {
        mailed(hostile, "mallory@evil.test@company.test", json!(true))
    }),
    ("leading-space", |hostile| {
        mailed(hostile, " a@company.test", json!(true))
    }),
    ("trailing-space", |hostile| {
        mailed(hostile, "a@company.test ", json!(true))
    }),
    ("confusable", |hostile| {
        mailed(hostile, "a@c\u{43e}mpany.test", json!(true))
    }),
    ("fullwidth-at", |hostile| {
        mailed(hostile, "a\u{ff20}company.test", json!(true))
    }),
    ("subdomain", |hostile| {
        mailed(hostile, "a@evil.company.test", json!(true))
    }),
    ("longer-domain", |hostile| {
        mailed(hostile, "a@company.test.evil.test", json!(true))
    }),
    ("quoted", |hostile| {
        mailed(hostile, "\"a@company.test\"@evil.test", json!(true))
    }),
    ("line-break", |hostile| {
        mailed(hostile, "a@evil.test\n@company.test", json!(true))
    }),
    ("verified-as-text", |hostile| {
        mailed(hostile, "a@company.test", json!("true"))
    }),
    ("verified-missing", |hostile| {
        mailed(hostile, "a@company.test", Value::Null)
    }),
    ("verified-false", |hostile| {
        mailed(hostile, "a@company.test", json!(false))
    }),
    ("verified-elsewhere", |hostile| {
        let elsewhere =
            json!({ "sub": "mallory", "email": "a@company.test", "email_verified": true });
        hostile.provider.change(|world| world.userinfo = elsewhere);
        let reply = mailed(hostile, "b@company.test", Value::Null);
        hostile.provider.change(|world| world.userinfo = json!({}));
        reply
    }),
    ("name-of-a-local-account", |hostile| {
        arrived(hostile, |claims| {
            claims["name"] = json!("ops");
            claims["preferred_username"] = json!("ops");
            claims["sub"] = json!("local:ops");
            claims["groups"] = json!(["local:admins", "admins"]);
        })
    }),
];

/// Somebody of no group who says that this is their address, at the app.
fn mailed(hostile: &Hostile, email: &str, verified: Value) -> Reply {
    arrived(hostile, |claims| {
        claims["groups"] = json!([]);
        claims["email"] = json!(email);
        match verified {
            Value::Null => {}
            verified => claims["email_verified"] = verified,
        }
    })
}

/// Somebody with these claims, who has signed in, at the app that wants more.
fn arrived(hostile: &Hostile, bend: impl FnOnce(&mut Value)) -> Reply {
    let mut agent = hostile.at_the_door_with(Agent::new(), "mallory", bend);
    agent.glance(&hostile.site.url("/vault")).reply
}
