//! One wrong word each, and the code it is refused with. All of it is signed properly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::idp::{
    ACS, Answer, ENTITY, OURS, REQUEST, Signing, after, attribute, audience, idp, now, provider,
    stranger, verdict, with,
};
use crate::{Error, Provider};

fn check(expected: &str, change: impl FnOnce(&mut Answer)) {
    let answer = Answer::with(|answer| {
        answer.signed = Some(Signing::new(idp()));
        change(answer);
    });
    assert_eq!(verdict(&answer.text()), Err(expected));
}

#[test]
fn wrong_words_of_the_response() {
    check("saml-issuer", |answer| {
        answer.issuer = "https://other.test".to_owned()
    });
    check("saml-issuer", |answer| answer.issuer = format!(" {ENTITY}"));
    check("saml-destination", |answer| {
        answer.destination = "https://other.test/acs".to_owned()
    });
    check("saml-destination", |answer| {
        answer.destination = format!("{ACS}/")
    });
    check("saml-request", |answer| {
        answer.answers = "InResponseTo=\"_other\"".to_owned()
    });
    check("saml-request", |answer| answer.answers = String::new());
    check("saml-status", |answer| {
        answer.status =
            "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"/>".to_owned()
    });
    check("saml-malformed", |answer| answer.status = String::new());
}

#[test]
fn wrong_words_of_the_assertion() {
    check("saml-issuer", |answer| {
        answer.assertion_issuer = "https://other.test".to_owned()
    });
    check("saml-recipient", |answer| {
        answer.recipient = "https://other.test/acs".to_owned()
    });
    check("saml-recipient", |answer| {
        answer.confirmation = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key".to_owned()
    });
    check("saml-request", |answer| {
        answer.confirmed = "InResponseTo=\"_other\"".to_owned()
    });
    check("saml-request", |answer| answer.confirmed = String::new());
    check("saml-audience", |answer| {
        answer.conditions = audience("https://other.test")
    });
    check("saml-audience", |answer| answer.conditions = String::new());
    check("saml-audience", |answer| {
        answer.conditions = audience(OURS) + &audience("https://other.test")
    });
    check("saml-condition", |answer| {
        answer.conditions = audience(OURS) + "<saml:Condition/>"
    });
}

#[test]
fn wrong_times() {
    check("saml-expired", |answer| {
        answer.confirmed_until = format!("NotOnOrAfter=\"{}\"", after(-60))
    });
    check("saml-malformed", |answer| {
        answer.confirmed_until = String::new()
    });
    check("saml-expired", |answer| answer.until = after(-60));
    check("saml-early", |answer| answer.not_before = after(61));
    check("saml-early", |answer| answer.instant = after(61));
    check("saml-expired", |answer| {
        answer.session = format!("SessionNotOnOrAfter=\"{}\"", after(-60))
    });
    check("saml-malformed", |answer| {
        answer.until = "2026-11-20T14:00:00+01:00".to_owned()
    });
    check("saml-malformed", |answer| {
        answer.until = "2026-11-20".to_owned()
    });
}

#[test]
fn names_that_do_not_name() {
    check("saml-subject", |answer| {
        answer.format = crate::name::TRANSIENT.to_owned()
    });
    for name in ["", " ann", "ann ", "a&#10;nn", "a\u{85}nn"] {
        check("saml-subject", |answer| answer.name_id = name.to_owned());
    }
    check("saml-subject", |answer| answer.format = "x".repeat(257));
    check("saml-malformed", |answer| answer.context = "\n".to_owned());
    check("saml-too-large", |answer| {
        answer.assertion_id = format!("_{}", "x".repeat(256));
    });
    check("saml-malformed", |answer| {
        answer.name_id = "ann<saml:x/>".to_owned()
    });
    check("saml-malformed", |answer| {
        answer.attributes = attribute("groups", &["ad<x/>mins"])
    });
    check("saml-malformed", |answer| {
        answer.attributes = attribute("groups", &["admins&#10;"])
    });
}

#[test]
fn too_much() {
    let many: Vec<_> = (0..201).map(|number| number.to_string()).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    check("saml-too-large", |answer| {
        answer.attributes = attribute("groups", &many)
    });
    check("saml-malformed", |answer| {
        answer.attributes = attribute("groups", &["x".repeat(257).as_str()])
    });
    check("saml-too-large", |answer| {
        answer.attributes = "<x/>".repeat(10_001)
    });
    check("saml-malformed", |answer| {
        answer.attributes = "<x>".repeat(60) + &"</x>".repeat(60)
    });
    assert_eq!(
        provider()
            .finish(&"A".repeat((512 << 10) + 4), REQUEST, now())
            .unwrap_err()
            .code(),
        "saml-too-large"
    );
}

#[test]
fn what_readers_differ_about() {
    check("saml-malformed", |answer| {
        answer.name_id = "ad<!-- -->min".to_owned()
    });
    check("saml-malformed", |answer| {
        answer.name_id = "ad<![CDATA[min]]>".to_owned()
    });
    check("saml-malformed", |answer| {
        answer.name_id = "ad<?x?>min".to_owned()
    });
    let text = Answer::default().text();
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    assert_eq!(
        verdict(&format!("{bomb}{}", text.replace(">ann<", ">&b;<"))),
        Err("saml-malformed")
    );
    assert_eq!(
        verdict(&format!("<!DOCTYPE x>{text}")),
        Err("saml-malformed")
    );
    assert_eq!(
        verdict(&format!("<?xml version=\"1.1\"?>{text}")),
        Err("saml-malformed")
    );
    assert_eq!(
        verdict(&format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{text}")),
        Err("saml-malformed")
    );
    assert!(verdict(&format!("<?xml version='1.0' encoding='UTF-8'?>\n{text}")).is_ok());
    assert_eq!(verdict(&format!("{text}<x/>")), Err("saml-malformed"));
    assert_eq!(
        verdict(&text.replace("_response", "_assertion")),
        Err("saml-malformed")
    );
    assert_eq!(
        verdict(&text.replacen(" ID=", " x:id=\"_assertion\" xmlns:x=\"urn:x\" ID=", 1)),
        Err("saml-malformed")
    );
}

#[test]
fn what_is_not_base64_or_text() {
    let code = |text: &str| provider().finish(text, REQUEST, now()).unwrap_err().code();
    for text in [
        "",
        "*",
        "PHg+ ",
        "PHg",
        &STANDARD.encode(b"<x>\xff</x>"),
        &STANDARD.encode("<x/>"),
    ] {
        assert_eq!(code(text), "saml-malformed", "{text}");
    }
}

#[test]
fn signatures_of_strangers() {
    let by = |pair, info: String| {
        Some(Signing {
            info,
            ..Signing::new(pair)
        })
    };
    let certificate = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        stranger().base64()
    );
    check("saml-signature", |answer| {
        answer.assertion_signed = by(stranger(), String::new())
    });
    check("saml-signature", |answer| {
        answer.signed = by(stranger(), String::new())
    });
    check("saml-signature", |answer| {
        answer.signed = None;
        answer.assertion_signed = by(stranger(), certificate);
    });
    let text = Answer::default().text();
    assert_eq!(
        verdict(&text.replace(">ann<", ">bob<")),
        Err("saml-signature")
    );
    assert_eq!(
        verdict(&text.replace("admins", "owners")),
        Err("saml-signature")
    );
}

#[test]
fn algorithms_off_the_list() {
    let signed = |change: fn(&mut Signing)| {
        let mut signing = Signing::new(idp());
        change(&mut signing);
        Answer::with(|answer| answer.assertion_signed = Some(signing)).text()
    };
    let cases: [fn(&mut Signing); 4] = [
        |signing| signing.digest = "http://www.w3.org/2000/09/xmldsig#sha1",
        |signing| signing.canonical = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        |signing| {
            signing.transforms = signing
                .transforms
                .replace("exc-c14n#", "exc-c14n#WithComments")
        },
        |signing| {
            signing.transforms = format!("<ds:Transform Algorithm=\"{}\"/>", crate::name::ENVELOPED)
        },
    ];
    for case in cases {
        assert_eq!(verdict(&signed(case)), Err("saml-algorithm"));
    }
    // A public certificate as the secret of a keyed hash.
    let mut keyed = Signing::new(idp());
    keyed.key = bergshamra::keys::loader::load_hmac_key(&idp().der).unwrap();
    keyed.method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
    assert_eq!(
        verdict(&Answer::with(|answer| answer.assertion_signed = Some(keyed)).text()),
        Err("saml-algorithm")
    );
    for other in [
        "none",
        "",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    ] {
        assert_eq!(
            verdict(
                &Answer::default()
                    .text()
                    .replace(crate::name::RSA_SHA256, other)
            ),
            Err("saml-algorithm")
        );
    }
}

#[test]
fn an_assertion_works_once() {
    let provider = provider();
    let finish = |provider: &Provider, at: i64| {
        let time = after(at).parse().unwrap();
        provider
            .finish(&STANDARD.encode(Answer::default().text()), REQUEST, time)
            .map_err(|error| error.code())
    };
    assert!(finish(&provider, 0).is_ok());
    assert_eq!(finish(&provider, 1), Err("saml-replayed"));
    assert_eq!(finish(&provider, 359), Err("saml-replayed"));
    assert_eq!(finish(&provider, 360), Err("saml-expired"));
}

#[test]
fn a_demanded_sign_in_must_be_new() {
    let provider = with(|settings| settings.force_authn = true);
    let begun = provider.begin(&crate::Wish::default(), "r", now()).unwrap();
    let answer = |instant: i64, id: &str| {
        Answer::with(|answer| {
            answer.answers = format!("InResponseTo=\"{}\"", begun.request);
            answer.confirmed = answer.answers.clone();
            answer.instant = after(instant);
            answer.assertion_id = id.to_owned();
        })
    };
    let finish =
        |answer: &Answer| provider.finish(&STANDARD.encode(answer.text()), &begun.request, now());
    assert_eq!(finish(&answer(-61, "_a")), Err(Error::Stale));
    assert!(finish(&answer(-60, "_b")).is_ok());
}

#[test]
fn a_status_is_told_to_the_operator() {
    let answer = Answer::with(|answer| {
        answer.status = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\">\
            <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext\"/></samlp:StatusCode>\
            <samlp:StatusMessage>no second factor</samlp:StatusMessage>"
            .to_owned();
    });
    let error = provider().finish(&STANDARD.encode(answer.around("")), REQUEST, now());
    assert_eq!(
        error,
        Err(Error::Status(
            "Responder, NoAuthnContext, no second factor".to_owned()
        ))
    );
}
