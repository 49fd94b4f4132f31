//! Assertions that were encrypted for us.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::crypto::{cipher, keytransport};

use super::idp::{Answer, REQUEST, Signing, idp, now, ours, verdict, with};
use crate::name::{OAEP, SEALED, UNSEALED, XENC};

const RSA_1_5: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";

fn encrypted(text: &str, method: &str, transport: &str) -> String {
    let cipher = cipher::from_uri(method).unwrap();
    let key = vec![7; cipher.key_size()];
    let data = STANDARD.encode(cipher.encrypt(&key, text.as_bytes()).unwrap());
    let public = ours().key().to_signing_key().unwrap().unwrap();
    let wrapped = keytransport::from_uri(transport).map_or_else(
        |_| vec![1; 256],
        |transport| transport.encrypt(&public, &key).unwrap(),
    );
    let key = STANDARD.encode(wrapped);
    format!(
        "<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc=\"{XENC}\"><xenc:EncryptionMethod Algorithm=\"{method}\"/>\
         <ds:KeyInfo xmlns:ds=\"{}\"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm=\"{transport}\"/>\
         <xenc:CipherData><xenc:CipherValue>{key}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>\
         <xenc:CipherData><xenc:CipherValue>{data}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>",
        crate::name::DSIG
    )
}

fn response(signed: bool, content: &str) -> String {
    Answer::with(|answer| answer.signed = signed.then(|| Signing::new(idp()))).around(content)
}

fn bare() -> String {
    Answer::with(|answer| answer.assertion_signed = None).assertion()
}

#[test]
fn sealed_ciphers_are_opened_below_either_signature() {
    for method in SEALED {
        for transport in OAEP {
            let inner = encrypted(&Answer::default().assertion(), method, transport);
            assert_eq!(
                verdict(&response(false, &inner)).unwrap().subject,
                "ann",
                "{method} {transport}"
            );
            let outer = encrypted(&bare(), method, transport);
            assert_eq!(
                verdict(&response(true, &outer)).unwrap().subject,
                "ann",
                "{method} {transport}"
            );
        }
    }
    assert_eq!(
        verdict(&response(false, &encrypted(&bare(), SEALED[2], OAEP[0]))),
        Err("saml-unsigned")
    );
}

#[test]
fn unsealed_ciphers_are_opened_below_a_signature_only() {
    for method in UNSEALED {
        let content = encrypted(&Answer::default().assertion(), method, OAEP[0]);
        assert!(verdict(&response(true, &content)).is_ok(), "{method}");
        assert_eq!(
            verdict(&response(false, &content)),
            Err("saml-encryption"),
            "{method}"
        );
    }
}

#[test]
fn all_failures_look_the_same() {
    let assertion = Answer::default().assertion();
    let good = encrypted(&assertion, SEALED[2], OAEP[0]);
    let change = |from: &str, to: &str| response(true, &good.replacen(from, to, 1));
    let cases = [
        response(true, &encrypted(&assertion, SEALED[2], RSA_1_5)),
        response(true, &encrypted("no assertion", SEALED[2], OAEP[0])),
        response(true, &encrypted("<x/>", UNSEALED[0], OAEP[0])),
        response(
            true,
            &encrypted(&format!("<!DOCTYPE x>{assertion}"), SEALED[2], OAEP[0]),
        ),
        response(
            true,
            &encrypted(&format!("{assertion}{assertion}"), SEALED[2], OAEP[0]),
        ),
        change("<xenc:CipherValue>", "<xenc:CipherValue>AAAA"),
        change("<xenc:CipherValue>", "<xenc:CipherValue>*"),
        change(SEALED[2], "http://www.w3.org/2001/04/xmlenc#tripledes-cbc"),
        change(SEALED[2], SEALED[0]),
        change(
            "<xenc:EncryptedKey>",
            "<xenc:EncryptedKey/><xenc:EncryptedKey>",
        ),
        response(true, &good.replace("CipherData", "Nothing")),
        response(true, &good.replace("EncryptedKey", "Nothing")),
    ];
    for case in cases {
        assert_eq!(verdict(&case), Err("saml-encryption"), "{case}");
    }
}

#[test]
fn garbage_under_a_cipher_does_no_harm() {
    for length in 0..70 {
        let garbage = STANDARD.encode(vec![0xa5; length]);
        for method in [UNSEALED[0], SEALED[0]] {
            let good = encrypted("x", method, OAEP[0]);
            let start = good.rfind("<xenc:CipherValue>").unwrap();
            let end = good.rfind("</xenc:CipherValue>").unwrap();
            let bad = format!(
                "{}<xenc:CipherValue>{garbage}{}",
                &good[..start],
                &good[end..]
            );
            assert_eq!(
                verdict(&response(true, &bad)),
                Err("saml-encryption"),
                "{length}"
            );
        }
    }
}

#[test]
fn encryption_can_be_demanded() {
    let provider = with(|settings| settings.want_encrypted = true);
    let finish = |text: &str| {
        provider
            .finish(&STANDARD.encode(text), REQUEST, now())
            .map_err(|error| error.code())
    };
    assert_eq!(
        finish(&response(true, &Answer::default().assertion())),
        Err("saml-encryption")
    );
    assert!(finish(&response(true, &encrypted(&bare(), SEALED[2], OAEP[1]))).is_ok());
}

#[test]
fn forged_assertions_are_refused_inside_too() {
    let signed = Answer::default().assertion();
    let evil = bare()
        .replace("_assertion", "_evil")
        .replace(">ann<", ">root<");
    let nested = evil.replace("</saml:Assertion>", &format!("{signed}</saml:Assertion>"));
    assert_eq!(
        verdict(&response(false, &encrypted(&nested, SEALED[2], OAEP[0]))),
        Err("saml-encryption")
    );
    let changed = signed.replace(">ann<", ">root<");
    assert_eq!(
        verdict(&response(true, &encrypted(&changed, SEALED[2], OAEP[0]))),
        Err("saml-signature")
    );
    assert_eq!(
        verdict(&response(
            false,
            &format!("{}{signed}", encrypted(&evil, SEALED[2], OAEP[0]))
        )),
        Err("saml-malformed")
    );
}
