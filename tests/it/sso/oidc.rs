//! People of an OpenID provider: in by its page, out at either side, each with what their groups allow.

use std::time::Duration;

use url::Url;

use super::{NAME, Site, client, client_at};
use crate::front::HELLO;
use crate::harness::{DEV, eventually};
use crate::http::Ask;
use crate::peer::agent::Agent;
use crate::peer::oidc::{CLIENT, Client, OidcProvider, SECRET, sign_in};
use crate::peer::port;

const SCOPES: &str = "scopes = [\"openid\", \"profile\", \"email\", \"groups\"]\n";

/// A provider and a gateway that know each other.
pub fn pair(more: &str) -> (OidcProvider, Site) {
    let port = port();
    let provider = OidcProvider::start(&client(port));
    let site = super::oidc(port, &provider.issuer(), CLIENT, &format!("{SCOPES}{more}"));
    (provider, site)
}

/// A provider and a gateway that people come to by TLS. The provider cannot: it does not know the certificate.
pub fn pair_over_tls() -> (OidcProvider, Site) {
    let port = port();
    let provider = OidcProvider::start(&client_at(&format!("https://auth.localhost:{port}")));
    let at = provider.issuer();
    let site = super::oidc_over("https", port, (&at, CLIENT), SCOPES);
    (provider, site)
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

/// Where the provider sends somebody who has signed in, before they go there.
#[track_caller]
pub fn on_the_way(site: &Site, agent: &mut Agent, name: &str) -> String {
    let page = agent.open(&site.url("/open"));
    agent.stop_before(&site.login_url("/_sallyport/oidc/"));
    let page = sign_in(agent, &page, name);
    agent.go_on();
    let callback = page.reply.header("location");
    callback.unwrap_or_else(|| panic!("{page:?}")).to_owned()
}

#[test]
fn people_sign_in_and_their_groups_decide() {
    let (provider, site) = pair("");
    let mut alice = Agent::new();
    let page = alice.open(&site.url("/open?x=1"));
    assert!(
        page.url.as_str().starts_with(&provider.issuer()),
        "{page:?}"
    );
    let page = sign_in(&mut alice, &page, "alice");
    assert_eq!(page.url.as_str(), site.url("/open?x=1"), "{page:?}");
    assert_eq!(page.reply.json()["hello"], format!("{NAME}:alice"));
    assert_eq!(site.status(&mut alice, "/vault"), 200);
    let tickets = page
        .trail
        .iter()
        .filter(|url| url.path() == "/_sallyport/session");
    let tickets: Vec<&Url> = tickets.collect();
    assert_eq!(tickets.len(), 1, "{page:?}");
    let stolen = Agent::new().glance(tickets[0].as_str());
    assert!((400..500).contains(&stolen.reply.status), "{stolen:?}");

    let opened = site.last("session.open", "alice");
    assert_eq!(opened["decision"], "allow", "{opened}");
    let accessed = site.last("app.access", "alice");
    assert_eq!(accessed["decision"], "allow", "{accessed}");

    let mut bob = signed_in(&site, "bob");
    let refused = bob.glance(&site.url("/vault")).reply;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(site.last("app.access", "bob")["decision"], "deny");
}

#[test]
fn groups_may_be_told_apart_from_the_token() {
    let port = port();
    let known = Client {
        userinfo_only: true,
        ..client(port)
    };
    let provider = OidcProvider::start(&known);
    let site = super::oidc(port, &provider.issuer(), CLIENT, SCOPES);
    let mut alice = signed_in(&site, "alice");
    assert_eq!(site.status(&mut alice, "/vault"), 200);
    assert_eq!(site.status(&mut signed_in(&site, "bob"), "/vault"), 403);
    assert!(provider.count("GET /me") >= 2, "{}", provider.said());
}

#[test]
fn signing_out_ends_both_sessions() {
    let (provider, site) = pair("");
    let mut alice = signed_in(&site, "alice");
    let old = alice.cookie("localhost", "sallyport").expect("a session");
    let page = site.sign_out(&mut alice);
    assert!(
        page.url.as_str().starts_with(&provider.issuer()),
        "{page:?}"
    );
    assert_eq!(site.last("session.close", "alice")["decision"], "allow");
    let page = alice.submit(&page, &[("logout", "yes")]);
    assert!(
        page.url.as_str().starts_with(&site.login_url("")),
        "{page:?}"
    );
    assert_eq!(page.reply.status, 200, "{page:?}");
    assert!(
        alice.open(&site.url("/open")).asks("password"),
        "the provider asks again"
    );
    alice.set_cookie("localhost", "sallyport", &old);
    assert_eq!(site.status(&mut alice, "/open"), 303, "the cookie is dead");
}

#[test]
fn signing_out_at_the_provider_ends_the_session() {
    let (provider, site) = pair("");
    let mut alice = signed_in(&site, "alice");
    let mut bob = signed_in(&site, "bob");
    provider.sign_out(&mut alice);
    assert_eq!(
        provider.count("backchannel:success"),
        1,
        "{}",
        provider.said()
    );
    eventually("the session ends", || {
        site.status(&mut alice, "/open") != 200
    });
    assert_eq!(site.status(&mut bob, "/open"), 200, "others stay");
    assert_eq!(site.last("session.close", "alice")["decision"], "allow");
}

#[test]
fn keys_of_the_provider_may_change() {
    let (provider, site) = pair("");
    let mut alice = signed_in(&site, "alice");
    provider.rotate(false);
    // New keys are not fetched again at once, so that made-up ones cannot make the gateway ask without end.
    eventually("Bob gets in", || {
        let mut bob = Agent::new();
        let page = bob.open(&site.url("/open"));
        let page = sign_in(&mut bob, &page, "bob");
        assert!(matches!(page.reply.status, 200 | 401), "{page:?}");
        page.reply.status == 200
    });
    assert_eq!(site.status(&mut alice, "/open"), 200);
}

#[test]
fn a_provider_that_goes_down_is_said_so_and_sessions_go_on() {
    let (provider, site) = pair("refresh = \"1s\"\n");
    let mut alice = signed_in(&site, "alice");
    for mood in ["error", "reset"] {
        provider.mood("ok");
        let mut bob = Agent::new();
        let callback = on_the_way(&site, &mut bob, "bob");
        provider.mood(mood);
        let before = site.server.newest();
        let page = bob.open(&callback);
        assert_eq!(page.reply.status, 503, "{mood}: {page:?}");
        assert!(
            page.reply.body.contains("does not answer"),
            "{mood}: {page:?}"
        );
        let mut records = site.server.since(before);
        records.retain(|record| record["decision"] == "deny");
        assert_eq!(
            records[0]["reasons"][0], "r.oidc-unavailable",
            "{mood}: {records:?}"
        );
        std::thread::sleep(Duration::from_millis(1200));
        assert_eq!(site.status(&mut alice, "/open"), 200, "{mood}");
    }
    let refreshed = site.last("session.refresh", "alice");
    let outcome = site.server.outcome(&refreshed);
    assert_eq!(outcome["status"], "failure", "{outcome}");
    provider.mood("ok");
    signed_in(&site, "bob");
    assert_eq!(site.status(&mut alice, "/open"), 200);
}

#[test]
fn a_silent_provider_is_not_waited_for() {
    let (provider, site) = pair("");
    provider.mood("hang");
    let page = Agent::new().open(&site.url("/open"));
    assert_eq!(page.reply.status, 503, "{page:?}");
    provider.mood("ok");
    signed_in(&site, "alice");
}

#[test]
fn every_way_to_sign_in_is_offered() {
    let port = port();
    let provider = OidcProvider::start(&client(port));
    let section = format!(
        "[oidc.{NAME}]\ntitle = \"the Corporation\"\nissuer = \"{}\"\nclient_id = \"{CLIENT}\"\n\
         client_secret_file = \"@HOME@/secret\"\n{SCOPES}",
        provider.issuer()
    );
    let site = Site::start(port, &[("secret", SECRET)], &section);
    site.server.user(DEV, "users");
    let mut alice = Agent::new();
    let page = alice.open(&site.url("/open"));
    assert!(
        page.url.as_str().starts_with(&site.login_url("")),
        "{page:?}"
    );
    assert!(page.reply.body.contains("the Corporation"), "{page:?}");
    let there = alice.click(&page, "/start");
    let page = sign_in(&mut alice, &there, "alice");
    assert_eq!(
        (page.reply.status, page.url.path()),
        (200, "/open"),
        "{page:?}"
    );

    let mut dev = Agent::new();
    let page = dev.open(&site.url("/open"));
    let page = dev.submit(&page, &[("name", DEV.0), ("password", DEV.1)]);
    assert_eq!(
        page.reply.json()["hello"]
            .as_str()
            .map(|id| id.starts_with(NAME)),
        Some(false),
        "{page:?}"
    );
}

#[test]
fn an_app_may_insist_on_its_provider() {
    let (_provider, site) = pair("");
    site.server.user(DEV, "users");
    assert_eq!(site.server.get("/open").status, 200);
    let source = site.server.source("/own", HELLO);
    let create = [
        "app",
        "create",
        source.to_str().unwrap(),
        "/own",
        "--approve",
        "--auth",
        NAME,
    ];
    site.server.cli(&create).ok();
    site.server.cli(&["set", "add", "open", "/own"]).ok();
    let (reply, denied) = site.server.refused(&Ask::get("/own").basic(DEV.0, DEV.1));
    assert_eq!(
        (reply.status, &denied["reasons"][0]),
        (403, &"g.app-auth".into()),
        "{denied}"
    );
    let mut alice = signed_in(&site, "alice");
    assert_eq!(site.status(&mut alice, "/own"), 200);
}

#[test]
fn one_sign_in_serves_every_host_and_ends_at_all_of_them() {
    let (_provider, site) = pair("");
    site.server.approved("two.localhost:/", HELLO);
    let mut alice = signed_in(&site, "alice");
    let second = format!("http://two.localhost:{}/", site.port);
    let page = alice.open(&second);
    assert_eq!(
        (page.reply.status, page.url.as_str()),
        (200, second.as_str()),
        "{page:?}"
    );
    assert_ne!(
        alice.cookie("localhost", "sallyport"),
        alice.cookie("two.localhost", "sallyport")
    );
    site.sign_out(&mut alice);
    for url in [site.url("/open"), second] {
        assert_eq!(alice.glance(&url).reply.status, 303, "{url}");
    }
}
