//! Case 56: messages about the end of sessions that the provider did not send.

use super::*;

pub const LOGOUT: &[Variant<Signed>] = &[
    ("unsigned-redirect", |signed| {
        signed.ends(|signed| signed.by_query(&unsigned_query(&signed.logout().1)))
    }),
    ("unsigned-post", |signed| {
        signed.ends(|signed| signed.by_form(&signed.logout().1))
    }),
    ("stranger-redirect", |signed| {
        signed.ends(|signed| signed.by_query(&query(&signed.logout().1, stranger(), RSA_SHA256)))
    }),
    ("stranger-post", |signed| {
        signed.ends(|signed| {
            let (id, text) = signed.logout();
            let mut signing = Signing::by(stranger());
            signing.info = shown(stranger());
            signed.by_form(&signing.sign(&id, &text))
        })
    }),
    ("name-changed-post", |signed| {
        signed.ends(|signed| {
            let (id, text) = signed.logout();
            signed.by_form(
                &Signing::by(known())
                    .sign(&id, &text.replace(">ann<", ">bob<"))
                    .replace(">bob<", ">ann<"),
            )
        })
    }),
    ("query-signature-of-another-message", |signed| {
        signed.ends(|signed| {
            let good = query(
                &signed.logout().1.replace(">ann<", ">bob<"),
                known(),
                RSA_SHA256,
            );
            let (_, signature) = good.split_once("&SigAlg").unwrap();
            signed.by_query(&format!(
                "{}&SigAlg{signature}",
                unsigned_query(&signed.logout().1)
            ))
        })
    }),
    ("message-twice", |signed| {
        signed.ends(|signed| {
            let good = query(
                &signed.logout().1.replace(">ann<", ">bob<"),
                known(),
                RSA_SHA256,
            );
            signed.by_query(&format!("{}&{good}", unsigned_query(&signed.logout().1)))
        })
    }),
    ("query-signature-in-a-form", |signed| {
        signed.ends(|signed| {
            let form = query(&signed.logout().1, known(), RSA_SHA256);
            let path = format!("/_sallyport/saml/{}/slo", sso::NAME);
            let host = format!("{LOGIN}:{}", signed.site.port);
            signed
                .site
                .server
                .send(&Ask::post(&path, &form).host(&host).browser())
        })
    }),
    ("rsa-sha1-redirect", |signed| {
        let sha1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
        signed.ends(|signed| signed.by_query(&query(&signed.logout().1, known(), sha1)))
    }),
    ("issuer-other", |signed| {
        signed.ends(|signed| {
            let text = signed.logout().1.replace(ENTITY, "https://other.test");
            signed.by_query(&query(&text, known(), RSA_SHA256))
        })
    }),
    ("destination-other", |signed| {
        signed.ends(|signed| {
            let text = signed.logout().1.replace("/slo\"", "/other\"");
            signed.by_query(&query(&text, known(), RSA_SHA256))
        })
    }),
    ("old", |signed| {
        signed.ends(|signed| {
            let text = signed
                .logout()
                .1
                .replace(&after(-10)[..16], "2020-01-01T00:00");
            signed.by_query(&query(&text, known(), RSA_SHA256))
        })
    }),
    ("assertion-instead", |signed| {
        signed.ends(|signed| {
            let destination = format!("{}/slo", signed.base());
            let answer = Answer {
                destination,
                ..Answer::honest(&signed.base(), "_any")
            };
            signed.by_query(&query(&answer.text(), known(), RSA_SHA256))
        })
    }),
];
