//! The same in a real browser, where cookies, forms and redirects follow the browser's rules and not ours.

use super::{Site, oidc, saml};
use crate::browser::Browser;

/// Signs in through the provider's page and out again; `leave` is what the provider wants to know then.
fn comes_and_goes(site: &Site, field: &str, leave: impl FnOnce(&Browser)) {
    let browser = Browser::start();
    browser.open(&site.url("/open"));
    browser.fill(&format!("[name={field}]"), "alice");
    browser.fill("[name=password]", "alice-pw");
    browser.click("[type=submit]");
    browser.sees("corp:alice");
    assert_eq!(browser.address().as_str(), site.url("/open"));
    browser.open(&site.url("/vault"));
    browser.sees("corp:alice");

    browser.open(&site.url("/_sallyport/logout"));
    browser.click("button[type=submit]");
    leave(&browser);
    let back = site.login_url("/_sallyport/signed-out");
    browser.wait(
        "back at the gateway",
        &format!("return location.href.startsWith('{back}')"),
    );
    assert_eq!(browser.complaints(), Vec::<String>::new());
    browser.open(&site.url("/open"));
    browser.wait(
        "the provider asks again",
        "return document.querySelector('[name=password]')",
    );
    assert_eq!(site.last("session.close", "alice")["decision"], "allow");
}

fn agree(browser: &Browser) {
    browser.wait("the provider asks", "return document.querySelector('#yes')");
    browser.click("#yes");
}

#[test]
fn a_person_of_an_openid_provider() {
    let (_provider, site) = oidc::pair("");
    comes_and_goes(&site, "login", agree);
}

#[test]
fn a_person_of_an_openid_provider_by_tls() {
    let (_provider, site) = oidc::pair_over_tls();
    comes_and_goes(&site, "login", agree);
}

#[test]
fn a_person_of_a_saml_provider() {
    let (_provider, site) = saml::pair("binding = \"post\"\n");
    comes_and_goes(&site, "username", |_| {});
}

#[test]
fn a_person_of_a_saml_provider_by_tls() {
    let (_provider, site) = saml::pair_over_tls();
    comes_and_goes(&site, "username", |_| {});
}
