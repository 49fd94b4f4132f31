//! Case 54: what nobody signed, what somebody else signed, and how nobody may sign.

use super::*;

pub const UNSIGNED: &[Variant<Signed>] = &[
    ("nothing-signed", |signed| {
        signed.sent(|mut answer| {
            answer.assertion_signed = None;
            answer.text()
        })
    }),
    ("signature-taken-out", |signed| {
        signed.text(|text| parts(&text).1)
    }),
    ("signature-out-of-place", |signed| {
        signed.sent(|answer| {
            let (signature, bare) = parts(&answer.assertion());
            answer.around(&bare.replace("<saml:Subject>", &format!("<saml:Subject>{signature}")))
        })
    }),
    ("signature-twice", |signed| {
        signed.sent(|answer| {
            let (signature, bare) = parts(&answer.assertion());
            answer.around(&after_issuer(&bare, &format!("{signature}{signature}")))
        })
    }),
    ("stranger", |signed| {
        signed.signing(|signing| signing.key = stranger().key())
    }),
    ("stranger-with-certificate", |signed| {
        signed.signing(|signing| {
            signing.key = stranger().key();
            signing.info = shown(stranger());
        })
    }),
    ("stranger-with-our-certificate", |signed| {
        signed.signing(|signing| {
            signing.key = stranger().key();
            signing.info = shown(known());
        })
    }),
    ("stranger-round-a-good-assertion", |signed| {
        signed.words(|answer| answer.signed = Some(Signing::by(stranger())))
    }),
    ("name-changed", |signed| {
        signed.text(|text| text.replace(">mallory<", ">root<"))
    }),
    ("group-changed", |signed| {
        signed.text(|text| text.replace(">dev<", ">admins<"))
    }),
    ("response-changed", |signed| {
        signed.sent(|mut answer| {
            answer.signed = Some(Signing::by(known()));
            answer.text().replacen(
                "Version=\"2.0\" IssueInstant=\"2",
                "Version=\"2.0\" IssueInstant=\"1",
                1,
            )
        })
    }),
    ("sha1-digest", |signed| {
        signed.signing(|signing| signing.digest = "http://www.w3.org/2000/09/xmldsig#sha1")
    }),
    ("rsa-sha1", |signed| {
        signed.text(|text| text.replace(RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"))
    }),
    ("hmac-with-the-certificate", |signed| {
        signed.signing(|signing| {
            signing.key = known().public_as_secret();
            signing.method = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
        })
    }),
    ("method-none", |signed| {
        signed.text(|text| text.replace(RSA_SHA256, "none"))
    }),
    ("method-empty", |signed| {
        signed.text(|text| text.replace(RSA_SHA256, ""))
    }),
    ("canonical-with-comments", |signed| {
        signed.signing(|signing| {
            signing.transforms =
                transform(ENVELOPED) + &transform(&format!("{EXCLUSIVE}WithComments"));
        })
    }),
    ("canonical-not-exclusive", |signed| {
        signed.signing(|signing| {
            signing.canonical = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
        })
    }),
    ("xpath-transform", |signed| {
        signed.signing(|signing| {
            let filter = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>not(self::x)</ds:XPath></ds:Transform>";
            signing.transforms = transform(ENVELOPED) + filter + &transform(EXCLUSIVE);
        })
    }),
    ("reference-to-nothing", |signed| {
        reference(signed, |_| String::new())
    }),
    ("reference-to-everything", |signed| {
        reference(signed, |_| "URI=\"\"".into())
    }),
    ("reference-by-xpointer", |signed| {
        reference(signed, |id| format!("URI=\"#xpointer(id('{id}'))\""))
    }),
    ("reference-to-a-file", |signed| {
        reference(signed, |_| "URI=\"file:///etc/passwd\"".into())
    }),
];

/// A response whose signature refers elsewhere.
fn reference(signed: &Signed, other: impl FnOnce(&str) -> String) -> Reply {
    signed.sent(|answer| {
        let id = &answer.assertion_id;
        answer
            .text()
            .replacen(&format!("URI=\"#{id}\""), &other(id), 1)
    })
}
