//! Settings and metadata that cannot work are refused at once.

use super::idp::{ENTITY, Pair, curve, idp, metadata, now, provider, settings, stranger};
use crate::{Binding, Provider, Settings};

fn check(expected: &str, change: impl FnOnce(&mut Settings)) {
    let mut settings = settings();
    change(&mut settings);
    match Provider::new(settings, now()) {
        Err(error) => assert_eq!(error.code(), expected, "{error}"),
        Ok(_) => panic!("accepted, not {expected}"),
    }
}

fn swap(from: &'static str, to: &'static str) -> impl FnOnce(&mut Settings) {
    move |settings| settings.idp = settings.idp.replace(from, to)
}

fn fingerprint(pair: &Pair) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(&pair.der)
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

#[test]
fn metadata_that_cannot_be_used() {
    check("saml-metadata", |settings| settings.idp = metadata(&[]));
    check(
        "saml-metadata",
        swap("use=\"signing\"", "use=\"encryption\""),
    );
    check("saml-metadata", |settings| {
        settings.idp = format!("<!DOCTYPE x>{}", settings.idp)
    });
    check("saml-metadata", |settings| settings.idp = "<x/>".to_owned());
    check("saml-metadata", |settings| {
        settings.idp_entity = Some("https://other.test".to_owned())
    });
    check(
        "saml-metadata",
        swap("entityID=", "validUntil=\"2026-11-20T11:58:00Z\" entityID="),
    );
    check(
        "saml-metadata",
        swap("entityID=", "validUntil=\"tomorrow\" entityID="),
    );
    check(
        "saml-metadata",
        swap("SAML:2.0:protocol", "SAML:1.1:protocol"),
    );
    check("saml-metadata", swap("SingleSignOnService", "Nothing"));
    check(
        "saml-metadata",
        swap("https://idp.test/sso\"", "javascript:alert(1)\""),
    );
    check("saml-metadata", |settings| {
        settings.idp = settings.idp.replace(&idp().base64(), "AAAA")
    });
    check("saml-metadata", |settings| {
        settings.pins = vec![fingerprint(stranger())]
    });
    check("saml-metadata", |settings| {
        settings.idp = settings.idp.replace("bindings:HTTP-POST", "bindings:other");
        settings.binding = Binding::Post;
    });
}

/// Certificates of an RSA key of 1024 bits and of an Ed25519 key.
const SHORT: &str = "MIIB/DCCAWWgAwIBAgIUO+LtmdnnCRuPkmbfsfNH+AMr4O0wDQYJKoZIhvcNAQELBQAwEDEOMAwGA1UEAwwFc2hvcnQwHhcNMjYxMTIwMjA0ND\
    I2WhcNMzYxMTE3MjA0NDI2WjAQMQ4wDAYDVQQDDAVzaG9ydDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA3USAVd572ov+I/RZj7kPrr/D\
    tyh0D3XpI3/psJ9hZNLw92yXr5UrWIWhKgVweNS1YIzQv5gL9eBWOrTUmwlZcfKOi2UIXxd0yiFEhndXfgLoANM0pwUvkjmH1pFU+sRiMNypnl\
    fmAceMrLg7XhCJJxFU2c21j7yClrKfKnTEML0CAwEAAaNTMFEwHQYDVR0OBBYEFJ4OmpIzcQz743npTWLPedPGImrCMB8GA1UdIwQYMBaAFJ4O\
    mpIzcQz743npTWLPedPGImrCMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEAvJM1IGI6pWxFDVPlVkcs6G7KR/U1TG4zfh84Dg\
    +4jk/4HKLiQZ8mNNLeG6g/EAzoeUOVH+QfwCVlQOutKwt9veiHDhNamPOFoo30b9dKStRRETzwMPPg974A26ZyiKjexJ0gQHTcTInPXHT3cSOs\
    o2HWy6jD+SRQ1eoXnYsbM4c=";
const EDWARDS: &str = "MIIBLjCB4aADAgECAhR/v13ScDE2UYLzGEJP+gWW8BNe3TAFBgMrZXAwDTELMAkGA1UEAwwCZWQwHhcNMjYxMTIwMjA0NDI2WhcNMzYxMTE3Mj\
    A0NDI2WjANMQswCQYDVQQDDAJlZDAqMAUGAytlcAMhACsCzy8lWbTeQfRh8QaJ0w7vy5uA+hWFp2dS7J3N+nh3o1MwUTAdBgNVHQ4EFgQUmtpB\
    15RgFhFzfIINhJBmzSPU29AwHwYDVR0jBBgwFoAUmtpB15RgFhFzfIINhJBmzSPU29AwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQAf/iLJ0v\
    XUOv2FsRWTUX7scZUlbrCPvn47vYJsfEkMemAIZ/Wx6inBoWPnhSu05vbyvx9C1w7FctqBsWEo0y8H";

#[test]
fn certificates_that_can_verify_nothing() {
    for certificate in [SHORT, EDWARDS] {
        check("saml-metadata", |settings| {
            settings.idp = settings.idp.replace(&idp().base64(), certificate);
        });
    }
}

#[test]
fn a_provider_serves_many_threads() {
    fn shared<T: std::marker::Send + Sync>(_: &T) {}
    shared(&provider());
}

#[test]
fn keys_that_cannot_be_used() {
    check("saml-settings", |settings| {
        settings.key = b"no key".to_vec().into()
    });
    check("saml-settings", |settings| {
        settings.certificate = stranger().certificate.clone().into_bytes()
    });
    check("saml-settings", |settings| {
        settings.key = settings.certificate.clone().into()
    });
    check("saml-settings", |settings| {
        settings.key = curve().key.clone().into();
        settings.certificate = curve().certificate.clone().into_bytes();
        settings.want_encrypted = true;
    });
}

#[test]
fn one_entity_of_several_is_chosen_by_name() {
    let several = |settings: &mut Settings| {
        let other = settings.idp.replace(ENTITY, "https://second.test");
        settings.idp = format!(
            "<md:EntitiesDescriptor xmlns:md=\"{}\">{other}{}</md:EntitiesDescriptor>",
            crate::name::METADATA,
            settings.idp
        );
    };
    check("saml-metadata", several);
    let mut settings = settings();
    several(&mut settings);
    settings.idp_entity = Some(ENTITY.to_owned());
    assert_eq!(Provider::new(settings, now()).unwrap().entity(), ENTITY);
}

#[test]
fn pins_choose_among_certificates() {
    let mut settings = settings();
    settings.idp = metadata(&[stranger(), idp()]);
    settings.pins = vec![fingerprint(idp())];
    assert_eq!(
        Provider::new(settings, now())
            .unwrap()
            .peer
            .verifiers()
            .count(),
        1
    );
}

#[test]
fn metadata_ends_while_running() {
    let mut settings = settings();
    settings.idp = settings
        .idp
        .replace("entityID=", "validUntil=\"2026-11-20T12:30:00Z\" entityID=");
    let provider = Provider::new(settings, now()).unwrap();
    let later = "2026-11-20T12:31:00Z".parse().unwrap();
    assert_eq!(
        provider
            .begin(&crate::Wish::default(), "r", later)
            .unwrap_err()
            .code(),
        "saml-metadata"
    );
    assert_eq!(
        provider.finish("", "", later).unwrap_err().code(),
        "saml-metadata"
    );
}

#[test]
fn our_metadata_says_what_we_take() {
    let provider = provider();
    let text = provider.metadata();
    let document = roxmltree::Document::parse(text).unwrap();
    let named = |name: &str| {
        document
            .descendants()
            .filter(|node| node.tag_name().name() == name)
            .count()
    };
    assert_eq!(
        (
            named("KeyDescriptor"),
            named("SingleLogoutService"),
            named("AssertionConsumerService")
        ),
        (2, 2, 1)
    );
    for words in [
        "AuthnRequestsSigned=\"true\"",
        "WantAssertionsSigned=\"true\"",
        super::idp::ACS,
        super::idp::SLO,
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn nothing_of_the_key_is_shown() {
    assert_eq!(
        format!("{:?}", provider()),
        format!("Provider {{ name: \"work\", entity: \"{ENTITY}\", .. }}")
    );
}

#[test]
fn metadata_is_read_by_full_names() {
    let mut settings = settings();
    let around = format!(
        "<!-- published daily --><Extensions><x:KeyDescriptor xmlns:x=\"urn:x\"/></Extensions>\
         <x:KeyDescriptor xmlns:x=\"urn:x\">{}</x:KeyDescriptor>\
         <x:SingleSignOnService xmlns:x=\"urn:x\" Binding=\"{}\" Location=\"https://evil.test/\"/>\
         <KeyDescriptor xmlns:x=\"urn:x\" x:use=\"signing\" use=\"encryption\"><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>\
         <SingleLogoutService",
        stranger().base64(),
        crate::name::REDIRECT,
        stranger().base64(),
    );
    settings.idp = settings
        .idp
        .replacen("<SingleLogoutService", &around, 1)
        .replace(
            "<IDPSSODescriptor",
            "<IDPSSODescriptor cacheDuration=\"PT1H\"",
        );
    let provider = Provider::new(settings, now()).unwrap();
    assert_eq!(provider.peer.verifiers().count(), 1);
    assert_eq!(provider.peer.sign_on.as_str(), "https://idp.test/sso");
}

#[test]
fn words_of_ours_stay_text() {
    let mut settings = settings();
    settings.entity_id = "https://auth.test/<a>&\"b\"".to_owned();
    settings.name_id_format = Some("urn:x</md:NameIDFormat><x/>".to_owned());
    settings.mfa_contexts = vec!["urn:<y>&".to_owned()];
    settings.binding = Binding::Post;
    let provider = Provider::new(settings, now()).unwrap();
    let text = provider.metadata();
    let document = roxmltree::Document::parse(text).unwrap();
    assert_eq!(
        document.root_element().attribute("entityID"),
        Some("https://auth.test/<a>&\"b\"")
    );
    let wish = crate::Wish {
        force: false,
        mfa: true,
    };
    let begun = provider.begin(&wish, "r", now()).unwrap();
    let crate::Send::Post { fields, .. } = begun.send else {
        panic!("a redirect")
    };
    let message = crate::transport::posted(&fields[0].1).unwrap();
    let message = crate::message::Message::read(&message).unwrap();
    let issuer = message
        .root()
        .one(crate::name::ASSERTION, "Issuer")
        .unwrap();
    assert_eq!(issuer.text().unwrap(), "https://auth.test/<a>&\"b\"");
    let contexts = message.every(crate::name::ASSERTION, "AuthnContextClassRef");
    assert_eq!(contexts[0].text().unwrap(), "urn:<y>&");
}
