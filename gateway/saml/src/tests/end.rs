//! Messages about the end of sessions, in both bindings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::idp::{
    ENTITY, Pair, SLO, Signing, after, curve, idp, metadata, now, provider, stranger, with,
};
use crate::name::{ASSERTION, ECDSA_SHA256, PROTOCOL, RSA_SHA256};
use crate::{Incoming, Logout, Provider};

fn request(more: &str, body: &str) -> String {
    format!(
        "<samlp:LogoutRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"_bye\" Version=\"2.0\" IssueInstant=\"{}\" \
         Destination=\"{SLO}\" {more}><saml:Issuer>{ENTITY}</saml:Issuer>{body}</samlp:LogoutRequest>",
        after(-10)
    )
}

fn plain() -> String {
    request(
        "",
        "<saml:NameID>ann</saml:NameID><samlp:SessionIndex>s1</samlp:SessionIndex><samlp:SessionIndex>s2</samlp:SessionIndex>",
    )
}

fn response(status: &str) -> String {
    format!(
        "<samlp:LogoutResponse xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"_gone\" Version=\"2.0\" IssueInstant=\"{}\" \
         Destination=\"{SLO}\" InResponseTo=\"_asked\"><saml:Issuer>{ENTITY}</saml:Issuer><samlp:Status>\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{status}\"/></samlp:Status></samlp:LogoutResponse>",
        after(-10)
    )
}

fn deflated(text: &str) -> String {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

/// A signed query; escapes are in lower case, which a reader that writes the query anew would not find out.
fn query(field: &str, text: &str, pair: &Pair, method: &str) -> String {
    let escaped = |text: &str| {
        let upper: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        upper
            .replace("%2B", "%2b")
            .replace("%2F", "%2f")
            .replace("%3A", "%3a")
    };
    let signed = format!(
        "{field}={}&RelayState=r%201&SigAlg={}",
        escaped(&deflated(text)),
        escaped(method)
    );
    let key = pair.key().to_signing_key().unwrap().unwrap();
    let signature = bergshamra::crypto::sign::from_uri(method)
        .unwrap()
        .sign(&key, signed.as_bytes())
        .unwrap();
    format!(
        "{signed}&Signature={}",
        escaped(&STANDARD.encode(signature))
    )
}

fn form(field: &str, text: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair(field, &STANDARD.encode(text))
        .append_pair("RelayState", "r 1")
        .finish()
}

fn signed(text: &str, id: &str) -> String {
    Signing::new(idp()).sign(id, text)
}

fn read(provider: &Provider, incoming: Incoming<'_>) -> Result<Logout, &'static str> {
    provider
        .logout_message(incoming, now())
        .map_err(|error| error.code())
}

fn refused(expected: &str, raw: &str) {
    assert_eq!(
        read(&provider(), Incoming::Redirect(raw)),
        Err(expected),
        "{raw}"
    );
}

#[test]
fn a_request_is_read_in_both_bindings() {
    let by_redirect = query("SAMLRequest", &plain(), idp(), RSA_SHA256);
    let by_form = form("SAMLRequest", &signed(&plain(), "_bye"));
    for incoming in [Incoming::Redirect(&by_redirect), Incoming::Post(&by_form)] {
        let Logout::Request {
            id,
            name_id,
            sessions,
            relay,
        } = read(&provider(), incoming).unwrap()
        else {
            panic!("an answer")
        };
        assert_eq!(
            (id.as_str(), name_id.value.as_str(), relay.as_deref()),
            ("_bye", "ann", Some("r 1"))
        );
        assert_eq!(sessions, ["s1", "s2"]);
    }
}

#[test]
fn an_answer_is_read_in_both_bindings() {
    for (status, expected) in [("Success", true), ("Responder", false)] {
        let by_redirect = query("SAMLResponse", &response(status), idp(), RSA_SHA256);
        let by_form = form("SAMLResponse", &signed(&response(status), "_gone"));
        for incoming in [Incoming::Redirect(&by_redirect), Incoming::Post(&by_form)] {
            let answer = Logout::Response {
                in_response_to: "_asked".to_owned(),
                ok: expected,
                relay: Some("r 1".to_owned()),
            };
            assert_eq!(read(&provider(), incoming), Ok(answer));
        }
    }
}

#[test]
fn curves_sign_queries() {
    let provider = with(|settings| settings.idp = metadata(&[idp(), curve()]));
    assert!(
        read(
            &provider,
            Incoming::Redirect(&query("SAMLRequest", &plain(), curve(), ECDSA_SHA256))
        )
        .is_ok()
    );
}

#[test]
fn queries_without_a_good_signature() {
    let good = query("SAMLRequest", &plain(), idp(), RSA_SHA256);
    let (unsigned, _) = good.split_once("&SigAlg").unwrap();
    let (_, signature) = good.split_once("&Signature").unwrap();
    refused("saml-unsigned", unsigned);
    refused("saml-unsigned", &format!("{unsigned}&Signature{signature}"));
    refused(
        "saml-signature",
        &query("SAMLRequest", &plain(), stranger(), RSA_SHA256),
    );
    refused("saml-signature", &good.replace("r%201", "r%202"));
    refused("saml-signature", &good.replace("&RelayState=r%201", ""));
    refused("saml-signature", &good.replace("rsa-sha256", "rsa-sha512"));
    refused(
        "saml-signature",
        &good.replace("rsa-sha256", "ecdsa-sha256"),
    );
    refused("saml-algorithm", &good.replace("rsa-sha256", "hmac-sha256"));
    refused(
        "saml-algorithm",
        &good.replace(
            "2001%2f04%2fxmldsig-more%23rsa-sha256",
            "2000%2f09%2fxmldsig%23rsa-sha1",
        ),
    );
    let other = deflated(&plain().replace(">ann<", ">bob<"));
    let other: String = form_urlencoded::byte_serialize(other.as_bytes()).collect();
    refused("saml-malformed", &format!("{good}&SAMLRequest={other}"));
    refused("saml-malformed", &format!("SAMLRequest={other}&{good}"));
    refused("saml-malformed", &format!("%53AMLRequest={other}&{good}"));
    refused("saml-malformed", &format!("{good}&SAMLResponse={other}"));
    refused("saml-malformed", &format!("{good}&SAMLEncoding=plain"));
    refused("saml-malformed", "");
}

#[test]
fn forms_without_a_good_signature() {
    let code =
        |text: &str| read(&provider(), Incoming::Post(&form("SAMLRequest", text))).unwrap_err();
    assert_eq!(code(&plain()), "saml-unsigned");
    assert_eq!(
        code(&signed(&plain(), "_bye").replace(">ann<", ">bob<")),
        "saml-signature"
    );
    assert_eq!(
        code(&Signing::new(stranger()).sign("_bye", &plain())),
        "saml-signature"
    );
    // A signature beside the message does not count in a form.
    let query = query("SAMLRequest", &plain(), idp(), RSA_SHA256);
    assert_eq!(
        read(&provider(), Incoming::Post(&query)),
        Err("saml-malformed")
    );
}

#[test]
fn wrong_words() {
    let code = |text: &str| {
        read(
            &provider(),
            Incoming::Redirect(&query("SAMLRequest", text, idp(), RSA_SHA256)),
        )
        .unwrap_err()
    };
    assert_eq!(
        code(&plain().replace(ENTITY, "https://other.test")),
        "saml-issuer"
    );
    assert_eq!(
        code(&plain().replace(SLO, "https://other.test/slo")),
        "saml-destination"
    );
    assert_eq!(
        code(&plain().replace(&after(-10), &after(-361))),
        "saml-expired"
    );
    assert_eq!(
        code(&plain().replace(&after(-10), &after(61))),
        "saml-early"
    );
    assert_eq!(
        code(&request(
            &format!("NotOnOrAfter=\"{}\"", after(-60)),
            "<saml:NameID>ann</saml:NameID>"
        )),
        "saml-expired"
    );
    assert_eq!(code(&request("", "")), "saml-subject");
    assert_eq!(code(&response("Success")), "saml-malformed");
    assert_eq!(
        code(&super::idp::Answer::with(|answer| answer.destination = SLO.to_owned()).text()),
        "saml-malformed"
    );
    assert_eq!(
        code(&plain().replace("ann", "a<!-- -->nn")),
        "saml-malformed"
    );
}

#[test]
fn a_long_relay_state_is_refused() {
    let signed = signed(&plain(), "_bye");
    let body = form("SAMLRequest", &signed) + &"x".repeat(2048);
    assert_eq!(
        read(&provider(), Incoming::Post(&body)),
        Err("saml-too-large")
    );
}

#[test]
fn a_request_works_once() {
    let provider = provider();
    let raw = query("SAMLRequest", &plain(), idp(), RSA_SHA256);
    assert!(read(&provider, Incoming::Redirect(&raw)).is_ok());
    assert_eq!(
        read(&provider, Incoming::Redirect(&raw)),
        Err("saml-replayed")
    );
}

#[test]
fn a_bomb_is_not_unpacked() {
    let bomb = query("SAMLRequest", &" ".repeat(64 << 20), idp(), RSA_SHA256);
    assert!(bomb.len() < 512 << 10, "{}", bomb.len());
    refused("saml-too-large", &bomb);
    refused(
        "saml-malformed",
        &query("SAMLRequest", "", idp(), RSA_SHA256),
    );
}
