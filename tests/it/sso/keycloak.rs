//! People of Keycloak, by both protocols.

use super::saml::metadata;
use super::{Site, client};
use crate::harness::eventually;
use crate::peer::agent::Agent;
use crate::peer::keycloak::{Keycloak, sign_in};
use crate::peer::port;

#[track_caller]
fn signed_in(site: &Site, name: &str) -> Agent {
    let mut agent = Agent::new();
    let page = agent.open(&site.url("/open"));
    let page = sign_in(&mut agent, &page, name);
    assert_eq!(
        (page.reply.status, page.url.path()),
        (200, "/open"),
        "{page:?}"
    );
    agent
}

fn groups_decide(site: &Site) -> Agent {
    let mut alice = signed_in(site, "alice");
    assert_eq!(site.status(&mut alice, "/vault"), 200);
    let mut bob = signed_in(site, "bob");
    assert_eq!(site.status(&mut bob, "/vault"), 403);
    bob
}

#[test]
fn people_sign_in_by_openid() {
    let (provider, port) = (Keycloak::shared(), port());
    provider.client("by-openid", &client(port));
    let site = super::oidc(
        port,
        &provider.issuer(),
        "by-openid",
        "preset = \"keycloak\"\nrefresh = \"2s\"\n",
    );
    let mut bob = groups_decide(&site);
    site.is_renewed(&mut bob);
    // An administrator ends Bob's sessions, and Keycloak tells the gateway.
    provider.sign_out("bob");
    eventually("the session ends", || site.status(&mut bob, "/open") != 200);

    let mut alice = signed_in(&site, "alice");
    site.sign_out(&mut alice);
    assert_eq!(site.status(&mut alice, "/open"), 303);
    assert!(
        alice.open(&site.url("/open")).asks("password"),
        "the provider asks again"
    );
}

#[test]
fn people_sign_in_by_saml() {
    let provider = Keycloak::shared();
    let site = super::saml(port(), &provider.metadata(), "");
    provider.trust(&metadata(&site));
    let mut bob = groups_decide(&site);
    let page = provider.leave(&mut bob);
    assert_eq!(site.status(&mut bob, "/open"), 303, "{page:?}");

    let mut bob = signed_in(&site, "bob");
    let page = site.sign_out(&mut bob);
    let page = bob.pass(page);
    assert!(
        page.url.as_str().starts_with(&site.login_url("")),
        "{page:?}"
    );
    assert!(
        bob.open(&site.url("/open")).asks("password"),
        "the provider asks again"
    );
}
