//! Real signatures moved to where they do not belong: the eight wrappings, two assertions, and samples of others.

use super::idp::{Answer, ENTITY, Signing, idp, verdict};

/// What the forger wants to be read.
fn evil() -> String {
    Answer::with(|answer| {
        answer.assertion_id = "_evil".to_owned();
        answer.name_id = "root".to_owned();
        answer.assertion_signed = None;
    })
    .assertion()
}

/// A signed text in two parts: its signature, and itself without.
fn parts(signed: &str) -> (String, String) {
    let start = signed.find("<ds:Signature").unwrap();
    let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    (
        signed[start..end].to_owned(),
        format!("{}{}", &signed[..start], &signed[end..]),
    )
}

fn after_issuer(text: &str, more: &str) -> String {
    text.replacen("</saml:Issuer>", &format!("</saml:Issuer>{more}"), 1)
}

fn with_object(signature: &str, content: &str) -> String {
    signature.replace(
        "</ds:Signature>",
        &format!("<ds:Object>{content}</ds:Object></ds:Signature>"),
    )
}

fn check(expected: &str, forged: &str) {
    match verdict(forged) {
        Err(code) => assert_eq!(code, expected),
        Ok(identity) => panic!("accepted as {}", identity.subject),
    }
}

/// A response that is signed itself, in its two parts, and a forged one to hang it into.
fn response() -> (String, String, String) {
    let signed = Answer::with(|answer| {
        answer.assertion_signed = None;
        answer.signed = Some(Signing::new(idp()));
    });
    let (signature, bare) = parts(&signed.text());
    let forged = Answer::with(|answer| answer.id = "_forged".to_owned()).around(&evil());
    (signature, bare, forged)
}

#[test]
fn a_signed_response_inside_a_forged_one() {
    let (signature, bare, forged) = response();
    check(
        "saml-malformed",
        &after_issuer(&forged, &with_object(&signature, &bare)),
    );
    check(
        "saml-malformed",
        &after_issuer(&forged, &format!("{bare}{signature}")),
    );
    // The forged one takes over the id, too.
    check(
        "saml-malformed",
        &after_issuer(
            &forged.replace("_forged", "_response"),
            &with_object(&signature, &bare),
        ),
    );
}

#[test]
fn a_signed_assertion_beside_or_inside_a_forged_one() {
    let (answer, signed, evil) = (Answer::default(), Answer::default().assertion(), evil());
    let (signature, bare) = parts(&signed);
    let inside = |outer: &str, inner: &str| {
        outer.replace("</saml:Assertion>", &format!("{inner}</saml:Assertion>"))
    };
    check("saml-malformed", &answer.around(&format!("{evil}{signed}")));
    check("saml-malformed", &answer.around(&format!("{signed}{evil}")));
    check("saml-malformed", &answer.around(&inside(&evil, &signed)));
    check(
        "saml-malformed",
        &answer.around(&format!("{}{bare}", after_issuer(&evil, &signature))),
    );
    check(
        "saml-malformed",
        &answer.around(&after_issuer(&evil, &with_object(&signature, &bare))),
    );
    check(
        "saml-malformed",
        &answer.around(&format!(
            "<samlp:Extensions>{evil}</samlp:Extensions>{signed}"
        )),
    );
    check(
        "saml-malformed",
        &answer.around(&after_issuer(&bare, &with_object(&signature, &evil))),
    );
}

#[test]
fn the_signed_assertion_out_of_its_place() {
    let (answer, signed) = (Answer::default(), Answer::default().assertion());
    check(
        "saml-malformed",
        &answer.around(&format!("<samlp:Extensions>{signed}</samlp:Extensions>")),
    );
    check(
        "saml-malformed",
        &answer.around(&format!("<x>{signed}</x>")),
    );
    check("saml-malformed", &signed);
}

#[test]
fn signatures_out_of_their_place() {
    let (answer, signed) = (Answer::default(), Answer::default().assertion());
    let (signature, bare) = parts(&signed);
    check("saml-unsigned", &answer.around(&bare));
    check(
        "saml-signature",
        &answer.around(&format!("{bare}{signature}")),
    );
    check(
        "saml-signature",
        &answer.around(&bare.replace("<saml:Subject>", &format!("<saml:Subject>{signature}"))),
    );
    check(
        "saml-signature",
        &answer.around(&after_issuer(&bare, &format!("{signature}{signature}"))),
    );
    check(
        "saml-signature",
        &answer.around(&after_issuer(&bare, &with_object(&signature, "<x/>"))),
    );
    // The response's own signature is broken while the assertion's holds.
    let both = Answer::with(|answer| answer.signed = Some(Signing::new(idp()))).text();
    check(
        "saml-signature",
        &both.replacen(
            "IssueInstant=\"2026-11-20T11",
            "IssueInstant=\"2026-11-20T10",
            1,
        ),
    );
}

#[test]
fn references_to_something_else() {
    let answer = Answer::default();
    let swap = |from: &str, to: &str| answer.text().replacen(from, to, 1);
    let reference = "URI=\"#_assertion\"";
    for other in [
        "URI=\"\"",
        "URI=\"#_response\"",
        "",
        "URI=\"#xpointer(id('_assertion'))\"",
        "URI=\"_assertion\"",
        "URI=\"file:///etc/passwd\"",
    ] {
        check("saml-signature", &swap(reference, other));
    }
    let text = answer.text();
    let start = text.find("<ds:Reference").unwrap();
    let end = text.find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
    check(
        "saml-signature",
        &text.replace(&text[start..end], &text[start..end].repeat(2)),
    );
    check("saml-signature", &text.replace(&text[start..end], ""));
}

#[test]
fn the_samples_of_others() {
    for (name, expected, sample) in [
        (
            "ancestor",
            "saml-malformed",
            include_str!("../../tests/samples/ancestor_attack_signed.xml"),
        ),
        (
            "object",
            "saml-malformed",
            include_str!("../../tests/samples/object_attack_response.xml"),
        ),
        (
            "xpath",
            "saml-malformed",
            include_str!("../../tests/samples/xpath_transform.xml"),
        ),
        (
            "xpointer",
            "saml-malformed",
            include_str!("../../tests/samples/xpointer_attack_signed.xml"),
        ),
        (
            "two",
            "saml-signature",
            include_str!("../../tests/samples/multi_saml_response_signed_2.xml"),
        ),
    ] {
        assert_eq!(verdict(sample).unwrap_err(), expected, "{name}");
    }
}

/// The samples' tricks again, with a key that is trusted, so that only the trick is wrong.
#[test]
fn the_tricks_of_the_samples() {
    let answer = Answer::default();
    let nested = answer.text().replace("_response", "_outer").replacen(
        ENTITY,
        &format!("{ENTITY}{}", answer.text()),
        1,
    );
    check("saml-malformed", &nested);
    let filter = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>not(self::x)</ds:XPath></ds:Transform>";
    let mut signing = Signing::new(idp());
    signing.transforms = signing.transforms.replacen("/>", &format!("/>{filter}"), 1);
    check(
        "saml-algorithm",
        &Answer::with(|answer| answer.assertion_signed = Some(signing)).text(),
    );
}
