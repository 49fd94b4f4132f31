//! People of a SAML provider: Debian's SimpleSAMLphp.

use serde_json::json;

use super::{NAME, Site};
use crate::harness::eventually;
use crate::http::Ask;
use crate::peer::agent::{Agent, Page};
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

/// The same by TLS.
pub fn pair_over_tls() -> (SimpleSamlPhp, Site) {
    let provider = SimpleSamlPhp::start();
    let site = super::saml_over("https", port(), &provider.metadata(), ATTRIBUTES);
    provider.trust(&metadata(&site));
    (provider, site)
}

/// The gateway's metadata for the provider.
#[track_caller]
pub fn metadata(site: &Site) -> String {
    let ask = Ask::get(&format!("/_sallyport/saml/{NAME}/metadata"));
    let reply = site.server.send(&ask.host("auth.localhost"));
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

/// Somebody who has signed in on the way to `/open`.
#[track_caller]
pub fn signed_in(site: &Site, name: &str) -> Agent {
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
    let (mut provider, site) = pair("");
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
    provider.change("bob", "groups", &["dev", "admins"]);
    assert_eq!(
        site.status(&mut bob, "/vault"),
        403,
        "this sign-in is as it was"
    );
    assert_eq!(site.status(&mut signed_in(&site, "bob"), "/vault"), 200);
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

/// The page that carries the provider's answer, before it is sent.
#[track_caller]
fn answered(site: &Site, agent: &mut Agent, name: &str) -> Page {
    let page = agent.open(&site.url("/open"));
    let password = format!("{name}-pw");
    agent.submit(&page, &[("username", name), ("password", &password)])
}

#[test]
fn an_answer_is_good_once_and_for_one_browser() {
    let (_provider, site) = pair("");
    let refused = |agent: &mut Agent, form: &Page, response: &str| {
        let before = site.server.newest();
        let page = agent.submit(form, &[("SAMLResponse", response)]);
        assert!((400..500).contains(&page.reply.status), "{page:?}");
        let mut records = site.server.since(before);
        records.retain(|record| record["decision"] == "deny");
        let denied = records.pop().expect("a deny record");
        denied["reasons"][0].as_str().unwrap().to_owned()
    };
    let stolen = answered(&site, &mut Agent::new(), "alice");
    let response = stolen.field("SAMLResponse");
    assert_eq!(
        refused(&mut Agent::new(), &stolen, &response),
        "r.login-browser"
    );

    let mut alice = Agent::new();
    let form = answered(&site, &mut alice, "alice");
    let response = form.field("SAMLResponse");
    let page = alice.submit(&form, &[("SAMLResponse", &response)]);
    assert_eq!(
        (page.reply.status, page.url.path()),
        (200, "/open"),
        "{page:?}"
    );
    assert_eq!(refused(&mut alice, &form, &response), "r.saml-request");

    let mut eve = Agent::new();
    let form = answered(&site, &mut eve, "bob");
    assert_eq!(
        refused(&mut eve, &form, &response),
        "r.saml-request",
        "an answer to somebody else"
    );
    assert_eq!(
        site.status(&mut alice, "/open"),
        200,
        "the session is untouched"
    );
}

#[test]
fn a_new_key_of_the_provider_needs_its_new_metadata() {
    let mut provider = SimpleSamlPhp::start();
    let source = format!(
        "metadata_url = \"{}\"\nmetadata_refresh = \"2s\"\n{ATTRIBUTES}",
        provider.entity()
    );
    let fetching = super::saml_fetching(port(), &source);
    provider.trust(&metadata(&fetching));
    signed_in(&fetching, "alice");
    let resting = super::saml(port(), &provider.metadata(), ATTRIBUTES);
    provider.trust(&metadata(&resting));
    provider.rotate();
    let mut alice = Agent::new();
    let page = alice.open(&resting.url("/open"));
    let page = sign_in(&mut alice, &page, "alice");
    assert_eq!(page.reply.status, 401, "{page:?}");
    let denied = resting
        .server
        .records()
        .into_iter()
        .rfind(|record| record["decision"] == "deny");
    assert_eq!(denied.unwrap()["reasons"][0], "r.saml-signature");

    eventually("the new metadata are fetched", || {
        let mut bob = Agent::new();
        let page = bob.open(&fetching.url("/open"));
        sign_in(&mut bob, &page, "bob").reply.status == 200
    });
}
