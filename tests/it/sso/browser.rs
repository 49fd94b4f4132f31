//! The same in a real browser, where cookies, forms and redirects follow the browser's rules and not ours.

use super::{Site, oidc, saml};
use crate::browser::Browser;

/// Signs in through the provider's page and out again. Nothing on the way is complained about.
fn there_and_back(site: &Site, name: &str, field: &str) -> Browser {
    let browser = Browser::start();
    browser.open(&site.url("/open"));
    browser.fill(&format!("[name={field}]"), name);
    browser.fill("[name=password]", &format!("{name}-pw"));
    browser.click("[type=submit]");
    browser.sees(&format!("corp:{name}"));
    assert_eq!(browser.address().as_str(), site.url("/open"));
    browser.open(&site.url("/vault"));
    browser.sees(if name == "alice" { "corp:alice" } else { "not" });
    browser
}

fn out(site: &Site, browser: &Browser) {
    browser.open(&site.url("/_sallyport/logout"));
    browser.click("button[type=submit]");
}

#[test]
fn a_person_of_an_openid_provider_comes_and_goes() {
    let (_provider, site) = oidc::pair("");
    let browser = there_and_back(&site, "alice", "login");
    out(&site, &browser);
    browser.wait("the provider asks", "return document.querySelector('#yes')");
    browser.click("#yes");
    browser.wait(
        "back at the gateway",
        "return location.host.startsWith('auth.localhost')",
    );
    browser.open(&site.url("/open"));
    browser.wait(
        "the provider's page",
        "return document.querySelector('[name=password]')",
    );
}

#[test]
fn a_person_of_a_saml_provider_comes_and_goes() {
    let (_provider, site) = saml::pair("");
    let browser = there_and_back(&site, "alice", "username");
    out(&site, &browser);
    browser.wait(
        "back at the gateway",
        "return location.host.startsWith('auth.localhost')",
    );
    browser.open(&site.url("/open"));
    browser.wait(
        "the provider's page",
        "return document.querySelector('[name=password]')",
    );
}
