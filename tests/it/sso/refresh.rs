//! What changes at a provider while people are signed in: it is seen, and asking costs one question for everybody.

use std::time::{Duration, Instant};

use serde_json::json;

use super::oidc::{pair, signed_in};
use super::{NAME, Site};
use crate::harness::eventually;
use crate::http::Ask;
use crate::peer::agent::Agent;

/// How often the provider is asked in these tests.
const EVERY: Duration = Duration::from_secs(2);
const REFRESH: &str = "refresh = \"2s\"\n";

#[track_caller]
fn becomes(site: &Site, agent: &mut Agent, path: &str, status: u16) {
    eventually(&format!("{path} answers {status}"), || {
        site.status(agent, path) == status
    });
}

#[test]
fn groups_follow_the_provider() {
    let (provider, mut site) = pair(REFRESH);
    let mut bob = signed_in(&site, "bob");
    assert_eq!(site.status(&mut bob, "/vault"), 403);
    provider.change("bob", json!({ "groups": ["dev", "admins"] }));
    becomes(&site, &mut bob, "/vault", 200);
    site.server.restart();
    assert_eq!(site.status(&mut bob, "/vault"), 200);
    provider.change("bob", json!({ "groups": [] }));
    becomes(&site, &mut bob, "/open", 403);
    let refreshed = site.last("session.refresh", "bob");
    assert_eq!(refreshed["decision"], "allow", "{refreshed}");
    assert!(provider.count("token:refresh_token") >= 2);
}

#[test]
fn whom_the_provider_knows_no_more_is_signed_out() {
    let (provider, site) = pair(REFRESH);
    let mut bob = signed_in(&site, "bob");
    let mut alice = signed_in(&site, "alice");
    provider.change("bob", json!({ "disabled": true }));
    becomes(&site, &mut bob, "/open", 303);
    assert_eq!(site.status(&mut alice, "/open"), 200);
    eventually("the end is recorded", || {
        !site
            .decisions("session.close", &format!("{NAME}:bob"))
            .is_empty()
    });
}

#[test]
fn many_requests_at_once_refresh_once() {
    let (provider, site) = pair(REFRESH);
    let mut alice = signed_in(&site, "alice");
    site.status(&mut alice, "/open");
    let name = "sallyport";
    let cookie = alice.cookie("localhost", name).expect("a session");
    std::thread::sleep(EVERY + Duration::from_millis(200));
    let (before, start) = (provider.count("token:refresh_token"), Instant::now());
    let ask = || {
        let ask = Ask::get("/open").host(&format!("localhost:{}", site.port));
        let reply = site
            .server
            .send(&ask.header("Cookie", &format!("{name}={cookie}")));
        assert_eq!(reply.status, 200, "{reply:?}");
    };
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(ask);
        }
    });
    // A slow machine may take so long that the next one is due.
    let due = 1 + start.elapsed().as_secs() / EVERY.as_secs();
    let refreshed = provider.count("token:refresh_token") - before;
    assert!(
        (1..=due).contains(&refreshed),
        "{refreshed} refreshes, {due} were due"
    );
    assert_eq!(provider.count("refused:refresh_token:invalid_grant"), 0);
}
