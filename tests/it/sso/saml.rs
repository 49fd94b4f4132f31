//! People of a SAML provider: Debian's SimpleSAMLphp.

use serde_json::json;

use super::{NAME, Site};
use crate::harness::eventually;
use crate::peer::agent::Agent;
use crate::peer::port;
use crate::peer::simplesaml::{SimpleSamlPhp, sign_in};

const ATTRIBUTES: &str =
    "name_attribute = \"displayName\"\nemail_attribute = \"email\"\nemail_trusted = true\n";

/// A provider and a gateway that know each other.
pub fn pair(more: &str) -> (SimpleSamlPhp, Site) {
    let provider = SimpleSamlPhp::start();
    let site = super::saml(port(), &provider.metadata(), &format!("{ATTRIBUTES}{more}"));
    provider.trust(&metadata(&site));
    (provider, site)
}

/// The gateway's metadata for the provider.
#[track_caller]
pub fn metadata(site: &Site) -> String {
    let page = Agent::new().open(&site.login_url(&format!("/_sallyport/saml/{NAME}/metadata")));
    assert_eq!(page.reply.status, 200, "{page:?}");
    page.reply.body
}

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

#[test]
fn people_sign_in_and_their_groups_decide() {
    let (provider, site) = pair("");
    let mut alice = Agent::new();
    let page = alice.open(&site.url("/open?x=1"));
    let page = sign_in(&mut alice, &page, "alice");
    assert_eq!(
        page.url.as_str(),
        site.url("/open?x=1"),
        "{page:?} {}",
        provider.said()
    );
    assert_eq!(page.reply.json()["hello"], format!("{NAME}:alice"));
    assert_eq!(site.status(&mut alice, "/vault"), 200);
    assert_eq!(site.last("session.open", "alice")["decision"], "allow");

    let mut bob = signed_in(&site, "bob");
    assert_eq!(site.status(&mut bob, "/vault"), 403);
    assert_eq!(site.last("app.access", "bob")["decision"], "deny");
}

#[test]
fn encrypted_assertions_are_read() {
    let (mut provider, site) = pair("want_encrypted = true\n");
    let mut alice = Agent::new();
    let page = alice.open(&site.url("/open"));
    let page = sign_in(&mut alice, &page, "alice");
    assert!((400..500).contains(&page.reply.status), "{page:?}");
    provider.set("assertion.encryption", json!(true));
    signed_in(&site, "alice");
}

#[test]
fn signing_out_ends_both_sessions() {
    let (provider, site) = pair("");
    let mut alice = signed_in(&site, "alice");
    let page = site.sign_out(&mut alice);
    let page = alice.pass(page);
    assert!(
        page.url.as_str().starts_with(&site.login_url("")),
        "{page:?} {}",
        provider.said()
    );
    assert_eq!(site.last("session.close", "alice")["decision"], "allow");
    assert!(
        alice.open(&site.url("/open")).asks("password"),
        "the provider asks again"
    );
}

#[test]
fn signing_out_at_the_provider_ends_the_session() {
    let (provider, site) = pair("");
    let mut alice = signed_in(&site, "alice");
    let mut bob = signed_in(&site, "bob");
    let page = provider.sign_out(&mut alice);
    alice.pass(page);
    eventually("the session ends", || {
        site.status(&mut alice, "/open") != 200
    });
    assert_eq!(site.status(&mut bob, "/open"), 200, "others stay");
    assert_eq!(site.last("session.close", "alice")["decision"], "allow");
}

#[test]
fn an_answer_is_good_once_and_for_one_browser() {
    let (_provider, site) = pair("");
    let mut alice = Agent::new();
    let page = alice.open(&site.url("/open"));
    let form = alice.submit(&page, &[("username", "alice"), ("password", "alice-pw")]);
    let response = form.field("SAMLResponse");
    let refused = |agent: &mut Agent, response: &str| {
        let before = site.server.newest();
        let page = agent.submit(&form, &[("SAMLResponse", response)]);
        assert!((400..500).contains(&page.reply.status), "{page:?}");
        let denied = site
            .server
            .since(before)
            .into_iter()
            .rfind(|record| record["decision"] == "deny");
        denied.expect("a deny record")["reasons"][0]
            .as_str()
            .unwrap()
            .to_owned()
    };
    refused(&mut Agent::new(), &response);
    let page = alice.submit(&form, &[("SAMLResponse", &response)]);
    assert_eq!(
        (page.reply.status, page.url.path()),
        (200, "/open"),
        "{page:?}"
    );
    refused(&mut alice, &response);
}

#[test]
fn a_new_key_of_the_provider_needs_its_new_metadata() {
    let (mut provider, site) = pair("");
    provider.rotate();
    let mut alice = Agent::new();
    let page = alice.open(&site.url("/open"));
    let page = sign_in(&mut alice, &page, "alice");
    assert!((400..500).contains(&page.reply.status), "{page:?}");
}
