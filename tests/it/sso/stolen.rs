//! Sign-ins that somebody else began, and sessions that are shown where they do not belong.

use super::Site;
use super::oidc::{pair, signed_in};
use crate::front::HELLO;
use crate::peer::agent::{Agent, Page};
use crate::peer::oidc::sign_in;

/// Where a sign-in that an agent began goes on, before the agent has gone there.
#[track_caller]
fn begun(site: &Site, agent: &mut Agent, before: &str) -> String {
    agent.stop_before(before);
    let page = agent.open(&site.url("/open"));
    agent.go_on();
    page.reply.header("location").expect("a way on").to_owned()
}

/// Nobody but Alice has a session after she was led through a sign-in of Eve's.
#[track_caller]
fn nothing_gained(site: &Site, eve: &mut Agent, alice: &Page) {
    assert_eq!(site.status(eve, "/open"), 303, "Eve has no session");
    assert_ne!(alice.url.path(), "/open", "{alice:?}");
}

#[test]
fn a_sign_in_belongs_to_the_browser_that_began_it() {
    let (_provider, site) = pair("");
    // Eve sends Alice the way to the login's host.
    let (mut eve, mut alice) = (Agent::new(), Agent::new());
    let link = begun(&site, &mut eve, &site.login_url(""));
    let page = alice.open(&link);
    let page = sign_in(&mut alice, &page, "alice");
    assert_eq!(page.reply.status, 401, "{page:?}");
    nothing_gained(&site, &mut eve, &page);

    // Eve goes there herself and sends the way to the provider.
    let (mut eve, mut alice) = (Agent::new(), Agent::new());
    let link = begun(&site, &mut eve, "http://127.0.0.1");
    let page = alice.open(&link);
    let page = sign_in(&mut alice, &page, "alice");
    assert_eq!(page.reply.status, 401, "{page:?}");
    nothing_gained(&site, &mut eve, &page);
}

#[test]
fn a_session_is_good_at_its_host_alone() {
    let (_provider, site) = pair("");
    site.server.approved("two.localhost:/", HELLO);
    let alice = signed_in(&site, "alice");
    let stolen = alice.cookie("localhost", "sallyport").expect("a session");
    for host in ["two.localhost", "auth.localhost"] {
        let mut eve = Agent::new();
        eve.set_cookie(host, "sallyport", &stolen);
        let path = if host == "two.localhost" {
            "/"
        } else {
            "/_sallyport/logout"
        };
        let page = eve.glance(&format!("http://{host}:{}{path}", site.port));
        assert_ne!(page.reply.status, 200, "{host}: {page:?}");
    }
}

#[test]
fn a_session_before_is_not_the_session_after() {
    let (_provider, site) = pair("");
    let mut alice = Agent::new();
    let planted = "A".repeat(43);
    for host in ["localhost", "auth.localhost"] {
        alice.set_cookie(host, "sallyport", &planted);
    }
    let page = alice.open(&site.url("/open"));
    let page = sign_in(&mut alice, &page, "alice");
    assert_eq!(page.reply.status, 200, "{page:?}");
    assert_ne!(alice.cookie("localhost", "sallyport"), Some(planted));
}

#[test]
fn a_sign_in_leads_back_to_us_alone() {
    let (_provider, site) = pair("");
    for next in [
        "//evil.test/",
        "/\\evil.test",
        "https:evil.test",
        "/%09/evil.test",
        "javascript:alert(1)",
        "http://localhost@evil.test/",
    ] {
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let mut alice = Agent::new();
        let page = alice.open(&site.url(&format!("/_sallyport/login?next={next}")));
        alice.stop_before("http://localhost");
        let page = sign_in(&mut alice, &page, "alice");
        alice.go_on();
        let ticket = page
            .reply
            .header("location")
            .expect("a way back")
            .to_owned();
        let page = alice.glance(&ticket);
        let back = page.reply.header("location").expect("a way on");
        assert!(
            back.starts_with('/') && !back.starts_with("//") && !back.contains("evil.test/"),
            "{next}: {back}"
        );
    }
}
