//! People of LemonLDAP::NG, by both protocols. `dwho` is of the group timelords, `rtyler` is not.

use super::saml::metadata;
use super::{Site, client};
use crate::peer::agent::{Agent, Page};
use crate::peer::lemonldap::{Lemonldap, sign_in};
use crate::peer::oidc::CLIENT;
use crate::peer::port;

/// The groups of the provider mean here what those of other tests mean.
const GROUPS: &str = "group_map = { users = [\"corp:dev\"], timelords = [\"corp:admins\"] }\n";

fn check(site: &Site, provider: &Lemonldap, out: impl Fn(&mut Agent) -> Page) {
    let mut doctor = Agent::new();
    let page = doctor.open(&site.url("/vault"));
    let page = sign_in(&mut doctor, &page, "dwho");
    assert_eq!(
        (page.reply.status, page.url.path()),
        (200, "/vault"),
        "{page:?} {}",
        provider.said()
    );
    let mut rose = Agent::new();
    let page = rose.open(&site.url("/open"));
    let page = sign_in(&mut rose, &page, "rtyler");
    // By SAML the subject is a name that the provider made up for us.
    let id = page.reply.json()["hello"].as_str().unwrap().to_owned();
    let subject = id.strip_prefix("corp:").unwrap();
    assert_eq!(site.status(&mut rose, "/vault"), 403);
    assert_eq!(site.last("app.access", subject)["decision"], "deny");

    let page = out(&mut rose);
    assert!(
        page.url.as_str().starts_with(&site.login_url("")),
        "{page:?}"
    );
    assert_eq!(site.last("session.close", subject)["decision"], "allow");
    assert!(
        rose.open(&site.url("/open")).asks("password"),
        "the provider asks again"
    );
    assert_eq!(site.status(&mut doctor, "/open"), 200, "others stay");
}

#[test]
fn people_sign_in_by_openid() {
    let port = port();
    let provider = Lemonldap::start(&client(port));
    let refresh = format!("refresh = \"2s\"\n{GROUPS}");
    let site = super::oidc(port, &provider.issuer(), CLIENT, &refresh);
    let mut martha = Agent::new();
    let page = martha.open(&site.url("/open"));
    sign_in(&mut martha, &page, "msmith");
    site.is_renewed(&mut martha);
    check(&site, &provider, |agent| site.sign_out(agent));
}

#[test]
fn people_sign_in_by_saml() {
    let port = port();
    let mut provider = Lemonldap::start(&client(port));
    let site = super::saml(port, &provider.metadata(), GROUPS);
    provider.encrypt("assertion");
    provider.trust(&metadata(&site));
    check(&site, &provider, |agent| {
        let page = site.sign_out(agent);
        agent.pass(page)
    });
    let mut martha = Agent::new();
    let page = martha.open(&site.url("/open"));
    sign_in(&mut martha, &page, "msmith");
    assert_eq!(site.status(&mut martha, "/open"), 200);
    let told = provider.leave(&mut martha);
    assert_eq!(site.status(&mut martha, "/open"), 303, "{told:?}");
}
