//! An answer that is still being sent ends with the sign-in it was given to.

use serde_json::json;

use super::Site;
use super::oidc::{pair, signed_in};
use crate::harness::eventually;
use crate::listener::{Listener, is_whole};
use crate::peer::agent::Agent;

const LONG: &str = r#"
load("exec.in", "exec")

def lines(req):
    return exec.run("sh", ["-c", "for i in $(seq 400); do echo tick; sleep 0.1; done"], stream=True)

app = ace.app("Long", routes=[ace.api("/", handler=lines, type="TEXT")],
    permissions=[ace.permission("exec.in", "run", ["sh"])])
"#;

/// A person who listens to an answer that takes 40 seconds.
#[track_caller]
fn listening(site: &Site, agent: &mut Agent) -> Listener {
    site.server.approved("/long", &[("app.star", LONG)]);
    for set in ["exec-allowed", "open"] {
        site.server.cli(&["set", "add", set, "/long"]).ok();
    }
    let cookie = agent.cookie("localhost", "sallyport").expect("a session");
    let headers = format!("Cookie: sallyport={cookie}\r\nConnection: close\r\n");
    let mut listener = Listener::stranger(&site.server, "GET /long", &headers);
    listener.hears("tick");
    listener
}

#[track_caller]
fn breaks_off(site: &Site, listener: Listener) {
    let heard = listener.rest();
    assert!(!is_whole(&heard), "{heard}");
    let denied = site
        .server
        .records()
        .into_iter()
        .rfind(|record| record["decision"] == "deny" && record["action"] == "app.access");
    assert!(denied.is_some_and(|record| record["principal"]["id"] == "corp:bob"));
}

#[test]
fn a_stream_ends_when_the_provider_ends_the_session() {
    let (provider, site) = pair("");
    let mut bob = signed_in(&site, "bob");
    let listener = listening(&site, &mut bob);
    provider.sign_out(&mut bob);
    breaks_off(&site, listener);
}

#[test]
fn a_stream_ends_when_the_provider_takes_a_group_away() {
    let (provider, site) = pair("refresh = \"1s\"\n");
    let mut bob = signed_in(&site, "bob");
    let listener = listening(&site, &mut bob);
    provider.change("bob", json!({ "groups": [] }));
    eventually("the change is seen", || {
        site.status(&mut bob, "/open") == 403
    });
    breaks_off(&site, listener);
}

#[test]
fn a_stream_is_asked_about_though_nothing_else_happens() {
    let (provider, site) = pair("refresh = \"2s\"\n");
    let mut bob = signed_in(&site, "bob");
    let listener = listening(&site, &mut bob);
    provider.change("bob", json!({ "groups": [] }));
    breaks_off(&site, listener);
}
