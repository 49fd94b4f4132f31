//! What is accepted, and what is read from it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::idp::{
    Answer, MFA, OURS, REQUEST, Signing, after, attribute, curve, idp, metadata, now, provider,
    stranger, verdict, wide, widest, with,
};
use crate::{NameId, Provider};

fn signed(response: bool, assertion: bool) -> Answer {
    Answer::with(|answer| {
        answer.signed = response.then(|| Signing::new(idp()));
        answer.assertion_signed = assertion.then(|| Signing::new(idp()));
    })
}

fn finish(provider: &Provider, answer: &Answer) -> Result<crate::Identity, &'static str> {
    provider
        .finish(&STANDARD.encode(answer.text()), REQUEST, now())
        .map_err(|error| error.code())
}

#[test]
fn every_claim_is_read() {
    let identity = verdict(&signed(true, true).text()).unwrap();
    assert_eq!(identity.subject, "ann");
    assert_eq!(identity.name, "Ann & Co");
    assert_eq!(identity.email.as_deref(), Some("ann@idp.test"));
    assert_eq!(identity.groups, ["admins", "staff"]);
    assert_eq!(identity.session.as_deref(), Some("s1"));
    assert_eq!(identity.at.to_string(), after(-10));
    assert_eq!(identity.until.unwrap().to_string(), after(3600));
    assert_eq!(identity.assertion, "_assertion");
    assert!(!identity.mfa);
    let name_id = NameId {
        value: "ann".to_owned(),
        format: Some(crate::name::PERSISTENT.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: Some(OURS.to_owned()),
    };
    assert_eq!(identity.name_id, name_id);
}

#[test]
fn a_signature_of_either_covers_the_assertion() {
    for (response, assertion) in [(true, true), (true, false), (false, true)] {
        assert!(
            verdict(&signed(response, assertion).text()).is_ok(),
            "{response} {assertion}"
        );
    }
    assert_eq!(verdict(&signed(false, false).text()), Err("saml-unsigned"));
}

#[test]
fn the_listed_algorithms_are_accepted() {
    for method in crate::name::SIGNATURES {
        let pair = match method.rsplit('#').next() {
            Some("ecdsa-sha256") => curve(),
            Some("ecdsa-sha384") => wide(),
            Some("ecdsa-sha512") => widest(),
            _ => idp(),
        };
        let answer = Answer::with(|answer| {
            answer.assertion_signed = Some(Signing {
                method,
                ..Signing::new(pair)
            })
        });
        let provider =
            with(|settings| settings.idp = metadata(&[idp(), curve(), wide(), widest()]));
        assert!(finish(&provider, &answer).is_ok(), "{method}");
    }
    for digest in crate::name::DIGESTS {
        let answer = Answer::with(|answer| {
            answer.assertion_signed = Some(Signing {
                digest,
                ..Signing::new(idp())
            })
        });
        assert!(verdict(&answer.text()).is_ok(), "{digest}");
    }
}

#[test]
fn a_new_key_beside_the_old_one_is_accepted() {
    let provider = with(|settings| settings.idp = metadata(&[stranger(), idp()]));
    assert!(finish(&provider, &signed(true, true)).is_ok());
}

#[test]
fn a_context_on_the_list_is_a_second_factor() {
    assert!(
        verdict(&Answer::with(|answer| answer.context = MFA.to_owned()).text())
            .unwrap()
            .mfa
    );
}

#[test]
fn absent_attributes_have_no_substitute() {
    let identity = verdict(
        &Answer::with(|answer| answer.attributes = attribute("memberOf", &["root"])).text(),
    )
    .unwrap();
    assert!(identity.groups.is_empty());
    assert_eq!((identity.name.as_str(), identity.email), ("ann", None));
}

#[test]
fn addresses_nobody_checked_are_dropped() {
    let provider = with(|settings| settings.email_trusted = false);
    assert_eq!(finish(&provider, &Answer::default()).unwrap().email, None);
    for address in [
        "",
        "ann",
        "ann@evil.test@idp.test",
        "ann@localhost",
        "ann b@idp.test",
        "&lt;ann@idp.test",
    ] {
        let answer = Answer::with(|answer| answer.attributes = attribute("mail", &[address]));
        assert_eq!(verdict(&answer.text()).unwrap().email, None, "{address}");
    }
}

#[test]
fn an_attribute_can_name_the_person() {
    let provider = with(|settings| settings.subject_attribute = Some("uid".to_owned()));
    let answer = Answer::with(|answer| {
        answer.format = crate::name::TRANSIENT.to_owned();
        answer.name_id = "_x1".to_owned();
        answer.attributes = attribute("uid", &["a17"]);
    });
    let identity = finish(&provider, &answer).unwrap();
    assert_eq!(
        (identity.subject.as_str(), identity.name_id.value.as_str()),
        ("a17", "_x1")
    );
    for values in [&[][..], &["a17", "a18"]] {
        let answer = Answer::with(|answer| answer.attributes = attribute("uid", values));
        assert_eq!(
            finish(
                &with(|settings| settings.subject_attribute = Some("uid".to_owned())),
                &answer
            ),
            Err("saml-subject")
        );
    }
}

#[test]
fn line_breaks_in_base64_are_let_pass() {
    let encoded = STANDARD.encode(Answer::default().text());
    let lines: Vec<_> = encoded
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line))
        .collect();
    assert!(
        provider()
            .finish(&lines.join("\r\n"), REQUEST, now())
            .is_ok()
    );
}
