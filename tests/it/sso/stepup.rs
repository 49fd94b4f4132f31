//! What a policy wants beyond a sign-in: the provider is asked for it, and what it gives is looked at.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::oidc::{pair, signed_in};
use super::{NAME, Site, saml};
use crate::peer::agent::{Agent, Page};
use crate::peer::oidc::{STRONG, sign_in, sign_in_strongly};
use crate::peer::simplesaml;

#[track_caller]
fn arrives(page: &Page) {
    assert_eq!(
        (page.reply.status, page.url.path()),
        (200, "/vault"),
        "{page:?}"
    );
}

/// A sign-in that did not bring what was asked for ends at a page, not in a circle.
#[track_caller]
fn does_not_arrive(site: &Site, agent: &mut Agent, page: &Page, reason: &str) {
    assert!((400..500).contains(&page.reply.status), "{page:?}");
    assert!(
        page.url.as_str().starts_with(&site.login_url("")),
        "{page:?}"
    );
    let records = site.server.records();
    let denied = records.iter().rfind(|record| record["decision"] == "deny");
    assert_eq!(denied.unwrap()["reasons"][0], reason, "{page:?}");
    assert_ne!(site.status(agent, "/vault"), 200);
}

#[test]
fn a_second_factor() {
    let (_provider, site) = pair(&format!("mfa_acr = [\"{STRONG}\"]\n"));
    site.guard("mfa", "context.auth.mfa");
    let mut alice = signed_in(&site, "alice");
    let page = alice.open(&site.url("/vault"));
    assert!(page.asks("code"), "{page:?}");
    let denied = site.last("app.access", "alice");
    assert_eq!(denied["reasons"][0], "g.strong", "{denied}");
    let weak = sign_in(&mut alice, &page, "alice");
    does_not_arrive(&site, &mut alice, &weak, "r.oidc-factor");
    assert_eq!(
        site.status(&mut alice, "/open"),
        200,
        "the weaker session goes on"
    );

    let page = alice.open(&site.url("/vault"));
    arrives(&sign_in_strongly(&mut alice, &page, "alice"));
    assert_eq!(site.last("app.access", "alice")["decision"], "allow");
}

#[test]
fn a_fresh_sign_in() {
    let (provider, site) = pair("");
    site.guard("5s", "context.auth.ageSec < 5");
    let mut alice = signed_in(&site, "alice");
    std::thread::sleep(Duration::from_millis(5100));
    let page = alice.open(&site.url("/vault"));
    assert!(page.asks("password"), "{page:?}");
    arrives(&sign_in(&mut alice, &page, "alice"));

    // A provider that does not do what it was asked for.
    let past = Timestamp::now().as_second() - 3600;
    provider.change(
        "bob",
        json!({ "authentication": past, "groups": ["admins", "dev"] }),
    );
    let mut bob = signed_in(&site, "bob");
    std::thread::sleep(Duration::from_millis(5100));
    let page = bob.open(&site.url("/vault"));
    let page = sign_in(&mut bob, &page, "bob");
    does_not_arrive(&site, &mut bob, &page, "r.oidc-age");
}

#[test]
fn somebody_else_may_sign_in_instead() {
    let (provider, site) = pair(&format!("mfa_acr = [\"{STRONG}\"]\n"));
    provider.change("bob", json!({ "groups": ["admins", "dev"] }));
    site.guard("mfa", "context.auth.mfa");
    let mut agent = signed_in(&site, "alice");
    let page = agent.open(&site.url("/vault"));
    let page = sign_in_strongly(&mut agent, &page, "bob");
    arrives(&page);
    assert_eq!(
        page.reply.json()["hello"],
        format!("{NAME}:bob"),
        "one browser, one person"
    );
    assert_eq!(
        agent.open(&site.url("/open")).reply.json()["hello"],
        format!("{NAME}:bob")
    );
}

#[test]
fn a_fresh_sign_in_by_saml() {
    let (_provider, site) = saml::pair("");
    site.guard("5s", "context.auth.ageSec < 5");
    let mut alice = saml::signed_in(&site, "alice");
    std::thread::sleep(Duration::from_millis(5100));
    let page = alice.open(&site.url("/vault"));
    assert!(page.asks("password"), "{page:?}");
    arrives(&simplesaml::sign_in(&mut alice, &page, "alice"));
}
