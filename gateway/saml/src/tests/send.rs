//! What we send, read the way an identity provider reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::idp::{ACS, MFA, OURS, curve, idp, metadata, now, ours, provider, with};
use crate::message::Message;
use crate::own::context;
use crate::peer::Peer;
use crate::settings::Settings;
use crate::signature::Signed;
use crate::{Binding, Incoming, NameId, Provider, Send, Wish};

fn redirect(send: Send) -> Url {
    match send {
        Send::Redirect(url) => url,
        Send::Post { .. } => panic!("a form"),
    }
}

/// The message in a redirect, once the signature beside it holds with our certificate.
fn opened(url: &Url, pair: &super::idp::Pair) -> String {
    let settings = Settings {
        idp: metadata(&[pair]),
        ..super::idp::settings()
    };
    let raw = url.query().unwrap();
    let query = crate::logout::Query::read(raw).unwrap();
    let peer = Peer::read(&settings).unwrap();
    crate::transport::redirected(query.verified(&peer).unwrap()).unwrap()
}

#[test]
fn a_redirect_is_signed_beside_the_message() {
    let begun = provider()
        .begin(&Wish::default(), "relay 1", now())
        .unwrap();
    let url = redirect(begun.send);
    assert!(
        url.as_str()
            .starts_with("https://idp.test/sso?SAMLRequest="),
        "{url}"
    );
    let text = opened(&url, ours());
    let message = Message::read(&text).unwrap();
    let root = message.root();
    assert!(root.is(crate::name::PROTOCOL, "AuthnRequest"));
    assert_eq!(root.attribute("ID"), Some(begun.request.as_str()));
    assert_eq!(root.attribute("AssertionConsumerServiceURL"), Some(ACS));
    assert_eq!(root.attribute("Destination"), Some("https://idp.test/sso"));
    assert_eq!(
        root.attribute("IssueInstant"),
        Some("2026-11-20T12:00:00.000Z")
    );
    assert_eq!(root.attribute("ForceAuthn"), None);
    assert_eq!(
        root.one(crate::name::ASSERTION, "Issuer")
            .unwrap()
            .text()
            .unwrap(),
        OURS
    );
    assert!(!text.contains("RequestedAuthnContext"));
}

#[test]
fn a_form_is_signed_inside_the_message() {
    let provider = with(|settings| settings.binding = Binding::Post);
    let Send::Post { to, fields } = provider.begin(&Wish::default(), "r", now()).unwrap().send
    else {
        panic!("a redirect")
    };
    assert_eq!(to.as_str(), "https://idp.test/sso-post");
    let [(request, message), (relay, state)] = fields.as_slice() else {
        panic!("{fields:?}")
    };
    assert_eq!(
        (*request, *relay, state.as_str()),
        ("SAMLRequest", "RelayState", "r")
    );
    let text = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
    let message = Message::read(&text).unwrap();
    assert!(
        Signed::of(&message, &context(ours().key()))
            .unwrap()
            .covers(message.root())
    );
    assert_eq!(
        message.root().children().nth(1).unwrap().name(),
        "Signature"
    );
}

#[test]
fn a_curve_signs_too() {
    let provider = with(|settings| {
        settings.key = curve().key.clone().into();
        settings.certificate = curve().certificate.clone().into_bytes();
    });
    opened(
        &redirect(provider.begin(&Wish::default(), "r", now()).unwrap().send),
        curve(),
    );
    assert!(!provider.metadata().contains("encryption"));
}

#[test]
fn wishes_stand_in_the_request() {
    let wish = Wish {
        force: true,
        mfa: true,
    };
    let begun = provider().begin(&wish, "r", now()).unwrap();
    let text = opened(&redirect(begun.send), ours());
    assert!(
        text.contains("ForceAuthn=\"true\"") && text.contains(MFA),
        "{text}"
    );
    let none = with(|settings| settings.mfa_contexts.clear());
    assert_eq!(
        none.begin(&wish, "r", now()).unwrap_err().code(),
        "saml-settings"
    );
    let format =
        with(|settings| settings.name_id_format = Some(crate::name::PERSISTENT.to_owned()));
    let text = opened(
        &redirect(format.begin(&Wish::default(), "r", now()).unwrap().send),
        ours(),
    );
    assert!(
        text.contains(&format!("Format=\"{}\"", crate::name::PERSISTENT)),
        "{text}"
    );
}

#[test]
fn every_request_has_an_id_of_its_own() {
    let id = |provider: &Provider| {
        provider
            .begin(&Wish::default(), "r", now())
            .unwrap()
            .request
    };
    let provider = provider();
    assert_ne!(id(&provider), id(&provider));
}

#[test]
fn the_end_of_a_session_names_the_person_in_full() {
    let subject = NameId {
        value: "ann & \"co\" <x>".to_owned(),
        format: Some(crate::name::PERSISTENT.to_owned()),
        name_qualifier: Some("https://idp.test".to_owned()),
        sp_name_qualifier: None,
    };
    let begun = provider()
        .logout(&subject, Some("s1"), "r", now())
        .unwrap()
        .unwrap();
    let url = redirect(begun.send);
    assert!(
        url.as_str()
            .starts_with("https://idp.test/slo?a=b&SAMLRequest="),
        "{url}"
    );
    let text = opened(&url, ours());
    let message = Message::read(&text).unwrap();
    assert_eq!(crate::assertion::name_id(message.root()).unwrap(), subject);
    assert_eq!(
        message
            .root()
            .one(crate::name::PROTOCOL, "SessionIndex")
            .unwrap()
            .text()
            .unwrap(),
        "s1"
    );
    assert_eq!(
        message.root().attribute("NotOnOrAfter"),
        Some("2026-11-20T12:05:00Z")
    );
    let none = with(|settings| {
        settings.idp = metadata(&[idp()]).replace("SingleLogoutService", "Nothing")
    });
    assert_eq!(none.logout(&subject, None, "r", now()), Ok(None));
    assert_eq!(
        none.logout_response("_1", None, now()).unwrap_err().code(),
        "saml-metadata"
    );
}

#[test]
fn an_answer_goes_to_its_own_address() {
    let url = redirect(
        provider()
            .logout_response("_asked", Some("r"), now())
            .unwrap(),
    );
    assert!(
        url.as_str()
            .starts_with("https://idp.test/slo-done?SAMLResponse="),
        "{url}"
    );
    assert!(opened(&url, ours()).contains("InResponseTo=\"_asked\""));
    // What we send is no message for us.
    assert!(
        provider()
            .logout_message(Incoming::Redirect(url.query().unwrap()), now())
            .is_err()
    );
}
