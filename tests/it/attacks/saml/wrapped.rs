//! Case 53: signatures that cover something else than what is read, and texts that readers differ about.

use super::*;

pub const WRAPPED: &[Variant<Signed>] = &[
    ("xsw1", |signed| {
        signed.sent(|answer| {
            let (signature, bare, forged) = whole(&answer);
            after_issuer(&forged, &with_object(&signature, &bare))
        })
    }),
    ("xsw2", |signed| {
        signed.sent(|answer| {
            let (signature, bare, forged) = whole(&answer);
            after_issuer(&forged, &format!("{bare}{signature}"))
        })
    }),
    ("xsw1-with-the-same-id", |signed| {
        signed.sent(|answer| {
            let (signature, bare, forged) = whole(&answer);
            let forged = forged.replace(&answer.evil().id, &answer.id);
            after_issuer(&forged, &with_object(&signature, &bare))
        })
    }),
    ("xsw3", |signed| {
        signed.sent(|answer| answer.around(&(answer.evil().assertion() + &answer.assertion())))
    }),
    ("xsw3-the-other-way", |signed| {
        signed.sent(|answer| answer.around(&(answer.assertion() + &answer.evil().assertion())))
    }),
    ("xsw4", |signed| {
        signed
            .sent(|answer| answer.around(&inside(&answer.evil().assertion(), &answer.assertion())))
    }),
    ("xsw5", |signed| {
        signed.sent(|answer| {
            let (signature, bare) = parts(&answer.assertion());
            answer.around(&format!(
                "{}{bare}",
                after_issuer(&answer.evil().assertion(), &signature)
            ))
        })
    }),
    ("xsw6", |signed| {
        signed.sent(|answer| {
            let (signature, bare) = parts(&answer.assertion());
            answer.around(&after_issuer(
                &answer.evil().assertion(),
                &with_object(&signature, &bare),
            ))
        })
    }),
    ("xsw7", |signed| {
        signed.sent(|answer| {
            let evil = answer.evil().assertion();
            answer.around(&format!(
                "<samlp:Extensions>{evil}</samlp:Extensions>{}",
                answer.assertion()
            ))
        })
    }),
    ("xsw8", |signed| {
        signed.sent(|answer| {
            let (signature, bare) = parts(&answer.assertion());
            answer.around(&after_issuer(
                &bare,
                &with_object(&signature, &answer.evil().assertion()),
            ))
        })
    }),
    ("response-in-a-response", |signed| {
        signed.sent(|answer| {
            let text = answer.text();
            text.replace(&answer.id, "_outer")
                .replacen(ENTITY, &format!("{ENTITY}{text}"), 1)
        })
    }),
    ("assertion-below-another-element", |signed| {
        signed.sent(|answer| answer.around(&format!("<x>{}</x>", answer.assertion())))
    }),
    ("assertion-without-response", |signed| {
        signed.sent(|answer| answer.assertion())
    }),
    ("signature-of-the-other-assertion", |signed| {
        signed.sent(|answer| {
            let (signature, _) = parts(&answer.assertion());
            answer.around(&after_issuer(&answer.evil().assertion(), &signature))
        })
    }),
    ("comment-in-the-name", |signed| {
        signed.words(|answer| answer.name_id = "ann<!-- -->.evil.test".into())
    }),
    ("cdata-in-the-name", |signed| {
        signed.words(|answer| answer.name_id = "ann<![CDATA[.evil.test]]>".into())
    }),
    ("instruction-in-the-name", |signed| {
        signed.words(|answer| answer.name_id = "ann<?x?>.evil.test".into())
    }),
    ("comment-put-in-afterwards", |signed| {
        signed.text(|text| text.replace(">mallory<", ">mal<!-- -->lory<"))
    }),
    ("element-in-the-name", |signed| {
        signed.words(|answer| answer.name_id = "ann<saml:x/>".into())
    }),
    ("document-type", |signed| {
        signed.text(|text| format!("<!DOCTYPE x>{text}"))
    }),
    ("entity", |signed| {
        signed.text(|text| {
            format!(
                "<!DOCTYPE x [<!ENTITY who \"root\">]>{}",
                text.replace(">mallory<", ">&who;<")
            )
        })
    }),
    ("entity-from-a-file", |signed| {
        signed.text(|text| {
            let kind = "<!DOCTYPE x [<!ENTITY who SYSTEM \"file:///etc/passwd\">]>";
            format!("{kind}{}", text.replace(">mallory<", ">&who;<"))
        })
    }),
    ("xml-1.1", |signed| {
        signed.text(|text| format!("<?xml version=\"1.1\"?>{text}"))
    }),
    ("utf-7", |signed| {
        signed.text(|text| format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{text}"))
    }),
    ("text-behind-the-end", |signed| {
        signed.text(|text| format!("{text}<x/>"))
    }),
    ("id-twice", |signed| {
        signed.sent(|answer| answer.text().replace(&answer.id, &answer.assertion_id))
    }),
    ("id-in-another-namespace", |signed| {
        signed.sent(|answer| {
            let more = format!(" x:id=\"{}\" xmlns:x=\"urn:x\" ID=", answer.assertion_id);
            answer.text().replacen(" ID=", &more, 1)
        })
    }),
    ("sample-ancestor", |signed| {
        sample(
            signed,
            include_str!("../../../../gateway/saml/tests/samples/ancestor_attack_signed.xml"),
        )
    }),
    ("sample-object", |signed| {
        sample(
            signed,
            include_str!("../../../../gateway/saml/tests/samples/object_attack_response.xml"),
        )
    }),
    ("sample-xpath", |signed| {
        sample(
            signed,
            include_str!("../../../../gateway/saml/tests/samples/xpath_transform.xml"),
        )
    }),
    ("sample-xpointer", |signed| {
        sample(
            signed,
            include_str!("../../../../gateway/saml/tests/samples/xpointer_attack_signed.xml"),
        )
    }),
    ("sample-two", |signed| {
        sample(
            signed,
            include_str!("../../../../gateway/saml/tests/samples/multi_saml_response_signed_2.xml"),
        )
    }),
];

/// A response that is signed as a whole, in two parts, and a forged one with the forger's assertion.
fn whole(answer: &Answer) -> (String, String, String) {
    let (signature, bare) = parts(&answer.signed_whole().text());
    (signature, bare, answer.evil().text())
}

fn sample(signed: &Signed, text: &str) -> Reply {
    signed.sent(|_| text.to_owned())
}
