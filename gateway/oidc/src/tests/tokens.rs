//! What an ID token may say and how it must be signed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::keys::{Key, forged};
use super::{NOW, Stage, code, honest, now, query};
use crate::Wish;

#[tokio::test]
async fn an_honest_token_is_a_person() {
    let stage = Stage::new().await;
    let person = stage.sign_in(|_| {}).await.unwrap();
    assert_eq!(
        (person.subject.as_str(), person.name.as_str()),
        ("u1", "Ann")
    );
    assert_eq!(person.email.as_deref(), Some("ann@example.com"));
    assert_eq!(person.groups, ["admins", "dev"]);
    assert_eq!(
        (person.mfa, person.acr.as_deref(), person.sid.as_deref()),
        (false, Some("1"), Some("s1"))
    );
    assert_eq!(person.at.as_second(), NOW - 100);
    assert_eq!(person.tokens.access_until.unwrap().as_second(), NOW + 60);
    assert!(person.tokens.refresh.is_some() && person.tokens.id.is_some());
    assert!(stage.fake.asked("/me").is_empty(), "nothing was missing");
    let asked = stage.fake.asked("/token").remove(0);
    assert!(asked.authorization.starts_with("Basic "));
    assert!(asked.body.contains("code_verifier=") && !asked.body.contains("secret"));
}

#[tokio::test]
async fn claims_that_do_not_hold_are_refused() {
    let stage = Stage::new().await;
    let check = async |claim: &str, value: Value, expected: &str| {
        let result = stage.sign_in(|claims| claims[claim] = value.clone()).await;
        assert_eq!(code(result), expected, "{claim} = {value}");
    };
    check("aud", json!(["gate"]), "ok").await;
    check("aud", json!("other"), "oidc-audience").await;
    check("aud", json!([]), "oidc-audience").await;
    check("aud", json!(["other"]), "oidc-audience").await;
    check("aud", json!(["gate", "other"]), "oidc-audience").await;
    check("aud", json!("gate gate"), "oidc-audience").await;
    check("aud", json!(""), "oidc-audience").await;
    check("azp", json!("gate"), "ok").await;
    check("azp", json!("other"), "oidc-audience").await;
    check("iss", json!("http://127.0.0.1:1/other"), "oidc-issuer").await;
    check(
        "iss",
        json!(format!("{}/", stage.fake.issuer)),
        "oidc-issuer",
    )
    .await;
    check("nonce", json!("another"), "oidc-nonce").await;
    check("nonce", Value::Null, "oidc-nonce").await;
    check("exp", json!(NOW - 30), "ok").await;
    check("exp", json!(NOW - 61), "oidc-expired").await;
    check("iat", json!(NOW + 30), "ok").await;
    check("iat", json!(NOW + 120), "oidc-expired").await;
    check("iat", json!(NOW - 601), "oidc-expired").await;
    check("auth_time", json!(NOW + 120), "oidc-expired").await;
    check("sub", json!(""), "oidc-subject").await;
    check("sub", json!("u\n1"), "oidc-response").await;
    check("sub", json!("u".repeat(257)), "oidc-response").await;
    check("groups", json!("one"), "ok").await;
    check("groups", json!([1]), "oidc-groups").await;
    check("groups", json!({"dev": true}), "oidc-groups").await;
    check("groups", json!(["g".repeat(257)]), "oidc-groups").await;
    check("groups", json!([""]), "oidc-groups").await;
    check(
        "groups",
        json!(
            (0..201)
                .map(|number| number.to_string())
                .collect::<Vec<_>>()
        ),
        "oidc-groups",
    )
    .await;
    check("amr", json!([1]), "oidc-response").await;
    // The left half of the SHA-256 of `at`.
    let hash = BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(b"at")[..16]);
    check("at_hash", json!(hash), "ok").await;
    check("at_hash", json!("d3Jvbmc"), "oidc-signature").await;
    check("email_verified", json!("maybe"), "oidc-response").await;
}

#[tokio::test]
async fn missing_claims_are_refused() {
    let stage = Stage::new().await;
    for (claim, expected) in [
        ("aud", "oidc-audience"),
        ("nonce", "oidc-nonce"),
        ("iss", "oidc-response"),
        ("exp", "oidc-response"),
        ("iat", "oidc-response"),
        ("sub", "oidc-response"),
    ] {
        let result = stage
            .sign_in(|claims| drop(claims.as_object_mut().unwrap().remove(claim)))
            .await;
        assert_eq!(code(result), expected, "without {claim}");
    }
}

#[tokio::test]
async fn an_address_counts_only_when_it_is_verified() {
    let stage = Stage::new().await;
    let check = async |email: &str, verified: Value, expected: Option<&str>| {
        let person = stage
            .sign_in(|claims| {
                claims["email"] = json!(email);
                claims["email_verified"] = verified.clone();
            })
            .await
            .unwrap();
        assert_eq!(person.email.as_deref(), expected, "{email} {verified}");
        assert_eq!(person.subject, "u1");
    };
    check("a@company.com", json!(true), Some("a@company.com")).await;
    check("a@company.com", json!("true"), None).await;
    check("a@company.com", json!(false), None).await;
    check("a@company.com", Value::Null, None).await;
    check("attacker@evil.com@company.com", json!(true), None).await;
    check(" a@company.com", json!(true), None).await;
    check("a@c\u{43e}mpany.com", json!(true), None).await;
}

#[tokio::test]
async fn a_verified_flag_from_elsewhere_does_not_count() {
    let stage = Stage::new().await;
    stage.fake.set(
        "/me",
        super::Reply::json(
            json!({ "sub": "u1", "email": "b@company.com", "email_verified": true }),
        ),
    );
    let person = stage
        .sign_in(|claims| {
            claims.as_object_mut().unwrap().remove("email_verified");
            claims.as_object_mut().unwrap().remove("groups");
        })
        .await
        .unwrap();
    assert_eq!(person.email, None);
}

/// Signs in with whatever token is made of honest claims.
async fn judged(stage: &Stage, make: impl FnOnce(&Value) -> String) -> &'static str {
    let begun = stage.begin(&Wish::default()).await;
    stage.hand_out(&make(&honest(&stage.fake.issuer, &begun)));
    let query = query(&begun, &stage.fake.issuer);
    code(stage.provider.finish(&query, &begun.memory, now()).await)
}

#[tokio::test]
async fn keys_of_every_kind_sign() {
    let stage = Stage::new().await;
    let (ec, ed) = (Key::ec("e1"), Key::ed("d1"));
    stage
        .fake
        .keys(&[stage.key.public(), ec.public(), ed.public()]);
    for key in [&stage.key, &ec, &ed] {
        assert_eq!(judged(&stage, |claims| key.sign(claims)).await, "ok");
    }
    let pss = Key {
        algorithm: Algorithm::PS256,
        ..Key::rsa("r1")
    };
    assert_eq!(
        judged(&stage, |claims| pss.sign(claims)).await,
        "oidc-signature",
        "the key is for RS256"
    );
}

#[tokio::test]
async fn only_private_keys_sign() {
    let stage = Stage::new().await;
    let symmetric = json!({"kty": "oct", "kid": "h1", "alg": "HS256", "k": "c2VjcmV0"});
    stage.fake.keys(&[stage.key.public(), symmetric]);
    let modulus = stage.key.public()["n"].as_str().unwrap().to_owned();
    for (secret, kid) in [
        (modulus.as_bytes(), "r1"),
        (b"secret", "r1"),
        (b"secret", "h1"),
    ] {
        let header = Header {
            kid: Some(kid.to_owned()),
            ..Header::new(Algorithm::HS256)
        };
        let hmac = |claims: &Value| {
            jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
        };
        assert_eq!(judged(&stage, hmac).await, "oidc-signature", "HS256 {kid}");
    }
    for (header, expected) in [
        (json!({"alg": "none"}), "oidc-signature"),
        (json!({"alg": "None"}), "oidc-response"),
        (json!({"kid": "r1"}), "oidc-response"),
        (json!({"alg": "RS256", "kid": "r1"}), "oidc-signature"),
    ] {
        assert_eq!(
            judged(&stage, |claims| forged(&header, claims, "")).await,
            expected,
            "{header}"
        );
    }
    assert_eq!(
        judged(&stage, |_| "not.a.token".to_owned()).await,
        "oidc-response"
    );
}

#[tokio::test]
async fn a_header_chooses_no_key() {
    let stage = Stage::new().await;
    let foreign = Key::other_rsa("r1");
    assert_eq!(
        judged(&stage, |claims| foreign.sign(claims)).await,
        "oidc-signature",
        "the same name"
    );
    for kid in [
        "x9",
        "../../etc/passwd",
        "http://127.0.0.1:1/jwks",
        "' or 1=1",
    ] {
        let header = Header {
            kid: Some(kid.to_owned()),
            ..stage.key.header()
        };
        assert_eq!(
            judged(&stage, |claims| stage.key.sign_with(&header, claims)).await,
            "oidc-signature",
            "{kid}"
        );
    }
    let evil = Some(format!("{}/evil", stage.fake.issuer));
    let jwk = serde_json::from_value(foreign.public()).ok();
    for header in [
        Header {
            jku: evil.clone(),
            ..foreign.header()
        },
        Header {
            x5u: evil,
            ..foreign.header()
        },
        Header {
            jwk,
            ..foreign.header()
        },
    ] {
        assert_eq!(
            judged(&stage, |claims| foreign.sign_with(&header, claims)).await,
            "oidc-signature"
        );
    }
    assert!(
        stage.fake.asked("/evil").is_empty(),
        "no key is fetched from an address in a token"
    );
    for header in [
        Header {
            crit: Some(vec!["b64".into()]),
            ..stage.key.header()
        },
        Header {
            typ: Some("logout+jwt".into()),
            ..stage.key.header()
        },
        Header {
            typ: Some("at+jwt".into()),
            ..stage.key.header()
        },
    ] {
        assert_eq!(
            judged(&stage, |claims| stage.key.sign_with(&header, claims)).await,
            "oidc-signature"
        );
    }
}

#[tokio::test]
async fn short_keys_are_of_no_use() {
    let stage = Stage::new().await;
    let mut short = stage.key.public();
    short["n"] = json!(
        "u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u-qKhbwKfBstIs-bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW_VDL5AaWTg0nLVkjRo9z-40RQzuVaE8AkAFmxZzow3x-VJYKdjykkJ0iT9wCS0DRTXu269V264Vf_3jvredZiKRkgwlL9xNAwxXFg0x_XFw005UWVRIkdgcKWTjpBP2dPwVZ4WWC-9aGVd-Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbcmw"
    );
    short["n"] = json!(
        short["n"]
            .as_str()
            .unwrap()
            .chars()
            .take(170)
            .collect::<String>()
    );
    stage.fake.keys(&[short]);
    assert_eq!(code(stage.sign_in(|_| {}).await), "oidc-signature");
}

#[tokio::test]
async fn rotated_keys_are_fetched_once() {
    let stage = Stage::new().await;
    stage.sign_in(|_| {}).await.unwrap();
    assert_eq!(stage.fake.asked("/jwks").len(), 1);
    let rotated = Key::ec("e2");
    stage.fake.keys(&[rotated.public()]);
    let attempt = async |key: &Key, at: i64| {
        let begun = stage.begin(&Wish::default()).await;
        let mut claims = honest(&stage.fake.issuer, &begun);
        claims["iat"] = json!(NOW + at);
        stage.hand_out(&key.sign(&claims));
        code(
            stage
                .provider
                .finish(
                    &query(&begun, &stage.fake.issuer),
                    &begun.memory,
                    super::later(at),
                )
                .await,
        )
    };
    assert_eq!(
        attempt(&rotated, 5).await,
        "oidc-signature",
        "too soon after the last look"
    );
    assert_eq!(attempt(&rotated, 20).await, "ok");
    assert_eq!(stage.fake.asked("/jwks").len(), 2);
    for _ in 0..5 {
        assert_eq!(attempt(&Key::ec("e9"), 21).await, "oidc-signature");
    }
    assert_eq!(
        stage.fake.asked("/jwks").len(),
        2,
        "strange keys do not make us ask again and again"
    );
    assert_eq!(
        stage.fake.asked("/.well-known/openid-configuration").len(),
        1
    );
}
