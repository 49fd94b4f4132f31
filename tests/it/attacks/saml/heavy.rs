//! Case 57: messages that unpack to too much, and sealed ones that nobody sealed.

use super::*;

pub const HEAVY: &[Variant<Signed>] = &[
    ("deflate-bomb", |signed| {
        signed.by_query(&query(&" ".repeat(32 << 20), known(), RSA_SHA256))
    }),
    ("deflate-bomb-unsigned", |signed| {
        signed.by_query(&unsigned_query(&" ".repeat(32 << 20)))
    }),
    ("not-deflated", |signed| {
        let packed = escaped(&BASE64_STANDARD.encode("plain"));
        signed.by_query(&format!("SAMLRequest={packed}"))
    }),
    ("entity-bomb", |signed| {
        signed.text(|text| {
            let mut bomb = "<!DOCTYPE x [<!ENTITY a0 \"aaaaaaaaaa\">".to_owned();
            for level in 1..12 {
                bomb += &format!(
                    "<!ENTITY a{level} \"{}\">",
                    format!("&a{};", level - 1).repeat(10)
                );
            }
            format!("{bomb}]>{}", text.replace(">mallory<", ">&a11;<"))
        })
    }),
    ("long-response", |signed| {
        signed.sent(|answer| answer.around(&format!("<x>{}</x>", "A".repeat(1 << 20))))
    }),
    ("many-tags", |signed| {
        signed.words(|answer| answer.attributes = "<x/>".repeat(10_001))
    }),
    ("deep", |signed| {
        signed.words(|answer| answer.attributes = "<x>".repeat(60) + &"</x>".repeat(60))
    }),
    ("many-groups", |signed| {
        signed.words(|answer| {
            let many: Vec<String> = (0..201).map(|number| number.to_string()).collect();
            let many: Vec<&str> = many.iter().map(String::as_str).collect();
            answer.attributes = attribute("groups", &many);
        })
    }),
    ("cbc-without-signature", |signed| {
        signed.sealed(false, (CBC, OAEP), |content| content)
    }),
    ("cbc-garbage", |signed| cbc_garbage(signed, 33)),
    ("gcm-garbage", |signed| {
        let garbage = BASE64_STANDARD.encode(vec![0xa5; 64]);
        signed.sealed(true, (GCM, OAEP), |content| with_data(&content, &garbage))
    }),
    ("rsa-1.5", |signed| {
        signed.sealed(
            true,
            (GCM, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"),
            |content| content,
        )
    }),
    ("wrapped-key-garbage", |signed| {
        signed.sealed(true, (GCM, OAEP), |content| {
            content.replacen("<xenc:CipherValue>", "<xenc:CipherValue>AAAA", 1)
        })
    }),
    ("sealed-forgery", |signed| {
        let owner = signed.site.server.home().join("keys/saml-key.pem");
        let owner = std::fs::read(owner).expect("our key");
        signed
            .sent(|answer| answer.around(&sealed(&owner, &answer.evil().assertion(), (GCM, OAEP))))
    }),
    ("sealed-document-type", |signed| {
        let owner = signed.site.server.home().join("keys/saml-key.pem");
        let owner = std::fs::read(owner).expect("our key");
        signed.sent(|mut answer| {
            let inner = format!("<!DOCTYPE x>{}", answer.assertion());
            answer.signed = Some(Signing::by(known()));
            answer.around(&sealed(&owner, &inner, (GCM, OAEP)))
        })
    }),
];

/// So many bytes that nobody sealed, under a good key and a good signature.
pub fn cbc_garbage(signed: &Signed, length: usize) -> Reply {
    let garbage = BASE64_STANDARD.encode(vec![0xa5; length]);
    signed.sealed(true, (CBC, OAEP), |content| with_data(&content, &garbage))
}

/// Other sealed bytes under the same key.
fn with_data(content: &str, data: &str) -> String {
    let start = content.rfind("<xenc:CipherValue>").unwrap();
    let end = content.rfind("</xenc:CipherValue>").unwrap();
    format!(
        "{}<xenc:CipherValue>{data}{}",
        &content[..start],
        &content[end..]
    )
}
