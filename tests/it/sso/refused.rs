//! Sign-ins that must not succeed, and the deny record each leaves.

use super::oidc::{on_the_way, pair, signed_in};
use super::{NAME, Site};
use crate::peer::agent::{Agent, Page};
use crate::peer::oidc::sign_in;

/// What a refused step left: the page and the reason of its deny record.
#[track_caller]
fn refused(site: &Site, step: impl FnOnce() -> Page) -> (Page, String) {
    let before = site.server.newest();
    let page = step();
    let records = site.server.since(before);
    let denied = records.iter().rfind(|record| record["decision"] == "deny");
    let denied = denied.unwrap_or_else(|| panic!("no deny record: {page:?} {records:?}"));
    assert!((400..500).contains(&page.reply.status), "{page:?} {denied}");
    let reason = denied["reasons"][0].as_str().unwrap_or_default().to_owned();
    (page, reason)
}

#[test]
fn an_answer_is_good_once_and_for_one_browser() {
    let (_provider, site) = pair("");
    let stolen = on_the_way(&site, &mut Agent::new(), "alice");
    let (_, reason) = refused(&site, || Agent::new().glance(&stolen));
    assert_eq!(reason, "r.login-browser");
    for (from, to, expected) in [
        ("state=", "state=x", "r.oidc-state"),
        ("iss=http", "iss=https", "r.oidc-issuer"),
        ("code=", "code=x", "r.oidc-refused"),
    ] {
        let mut eve = Agent::new();
        let wrong = on_the_way(&site, &mut eve, "bob").replace(from, to);
        let (_, reason) = refused(&site, || eve.glance(&wrong));
        assert_eq!(reason, expected, "{to}");
    }
    let mut alice = Agent::new();
    let callback = on_the_way(&site, &mut alice, "alice");
    let page = alice.open(&callback);
    assert_eq!(
        (page.reply.status, page.url.path()),
        (200, "/open"),
        "{page:?}"
    );
    assert_eq!(refused(&site, || alice.glance(&callback)).1, "r.oidc-state");
    assert_eq!(
        site.status(&mut alice, "/open"),
        200,
        "the session is untouched"
    );
}

#[test]
fn who_says_no_at_the_provider_is_not_signed_in() {
    let (_provider, site) = pair("");
    let mut alice = Agent::new();
    let page = alice.open(&site.url("/open"));
    let (page, reason) = refused(&site, || alice.submit(&page, &[("cancel", "yes")]));
    assert_eq!(reason, "r.oidc-refused");
    assert!(
        page.url.as_str().starts_with(&site.login_url("")),
        "{page:?}"
    );
    assert_eq!(site.status(&mut alice, "/open"), 303);
}

#[test]
fn too_many_groups_are_refused() {
    let (_provider, site) = pair("");
    let mut olga = Agent::new();
    let page = olga.open(&site.url("/open"));
    let (_, reason) = refused(&site, || sign_in(&mut olga, &page, "olga"));
    assert_eq!(reason, "r.oidc-groups");
}

#[test]
fn only_verified_addresses_with_one_meaning_count() {
    let (_provider, site) = pair("");
    let grant = "@id(\"t.mail\")\npermit (principal is Sallyport::User, action == Sallyport::Action::\"app.access\", resource)\n\
        when { principal has emailDomain && principal.emailDomain == \"example.test\" };\n";
    std::fs::write(site.server.home().join("policy/grants/sso.cedar"), grant).unwrap();
    site.server.cli(&["policy", "reload"]).ok();
    signed_in(&site, "alice");
    for name in ["carol", "dave", "mallory"] {
        let mut agent = Agent::new();
        let page = agent.open(&site.url("/open"));
        let page = sign_in(&mut agent, &page, name);
        assert_eq!(page.reply.status, 403, "{name}: {page:?}");
        let denied = site.last("app.access", name);
        assert_eq!(denied["decision"], "deny", "{NAME}:{name} {denied}");
    }
}
