//! Back-channel logout: only a fresh, signed logout token for us ends anything, and each only once.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::keys::{Key, forged};
use super::{NOW, Stage, later, now};
use crate::{Ended, Error};

fn honest(issuer: &str, id: &str) -> Value {
    json!({
        "iss": issuer, "aud": "gate", "iat": NOW, "exp": NOW + 120, "jti": id, "sub": "u1", "sid": "s1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

fn told(result: Result<Ended, Error>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

#[tokio::test]
async fn a_logout_token_ends_a_session_once() {
    let stage = Stage::new().await;
    let token = stage.key.sign(&honest(&stage.fake.issuer, "j1"));
    let ended = stage.provider.logout_token(&token, now()).await.unwrap();
    assert_eq!(
        ended,
        Ended {
            sid: Some("s1".into()),
            subject: Some("u1".into()),
            id: "j1".into()
        }
    );
    assert_eq!(
        told(stage.provider.logout_token(&token, now()).await),
        "oidc-replay"
    );
    assert_eq!(
        told(stage.provider.logout_token(&token, later(200)).await),
        "oidc-expired"
    );
}

#[tokio::test]
async fn what_is_no_logout_token_is_refused() {
    let stage = Stage::new().await;
    let mut number = 0;
    let mut check = async |claim: &str, value: Option<Value>, expected: &str| {
        number += 1;
        let mut claims = honest(&stage.fake.issuer, &format!("n{number}"));
        match &value {
            Some(value) => claims[claim] = value.clone(),
            None => drop(claims.as_object_mut().unwrap().remove(claim)),
        }
        assert_eq!(
            told(
                stage
                    .provider
                    .logout_token(&stage.key.sign(&claims), now())
                    .await
            ),
            expected,
            "{claim} {value:?}"
        );
    };
    check("sub", None, "ok").await;
    check("sid", None, "ok").await;
    check("aud", Some(json!(["gate"])), "ok").await;
    check("aud", Some(json!("other")), "oidc-signature").await;
    check("aud", Some(json!(["gate", "other"])), "oidc-audience").await;
    check("aud", None, "oidc-signature").await;
    check("iss", Some(json!("https://evil.example")), "oidc-signature").await;
    check("iss", None, "oidc-signature").await;
    check("nonce", Some(json!("n")), "oidc-logout").await;
    check("nonce", Some(Value::Null), "oidc-logout").await;
    check("events", None, "oidc-logout").await;
    check("events", Some(json!({"other": {}})), "oidc-logout").await;
    check(
        "events",
        Some(json!({"http://schemas.openid.net/event/backchannel-logout": true})),
        "oidc-logout",
    )
    .await;
    check(
        "events",
        Some(json!([
            "http://schemas.openid.net/event/backchannel-logout"
        ])),
        "oidc-logout",
    )
    .await;
    check("jti", None, "oidc-logout").await;
    check("jti", Some(json!("")), "oidc-logout").await;
    check("iat", None, "oidc-logout").await;
    check("iat", Some(json!(NOW - 601)), "oidc-expired").await;
    check("iat", Some(json!(NOW + 100)), "oidc-expired").await;
    check("exp", None, "oidc-signature").await;
    check("exp", Some(json!(NOW - 61)), "oidc-expired").await;
    let mut nobody = honest(&stage.fake.issuer, "nobody");
    nobody
        .as_object_mut()
        .unwrap()
        .retain(|key, _| key != "sub" && key != "sid");
    assert_eq!(
        told(
            stage
                .provider
                .logout_token(&stage.key.sign(&nobody), now())
                .await
        ),
        "oidc-logout"
    );
}

#[tokio::test]
async fn logout_tokens_are_signed_by_the_provider() {
    let stage = Stage::new().await;
    let claims = honest(&stage.fake.issuer, "j1");
    let foreign = Key::other_rsa("r1");
    let public = stage.key.public()["n"].as_str().unwrap().to_owned();
    let hmac = jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &claims,
        &EncodingKey::from_secret(public.as_bytes()),
    )
    .unwrap();
    let typed = |typ: &str| {
        stage.key.sign_with(
            &Header {
                typ: Some(typ.into()),
                ..stage.key.header()
            },
            &claims,
        )
    };
    let critical = stage.key.sign_with(
        &Header {
            crit: Some(vec!["b64".into()]),
            ..stage.key.header()
        },
        &claims,
    );
    let embedded = Header {
        jwk: serde_json::from_value(foreign.public()).ok(),
        ..foreign.header()
    };
    for (token, expected) in [
        (forged(&json!({"alg": "none"}), &claims, ""), "oidc-logout"),
        (
            forged(&json!({"alg": "RS256", "kid": "r1"}), &claims, ""),
            "oidc-signature",
        ),
        (hmac, "oidc-signature"),
        (foreign.sign(&claims), "oidc-signature"),
        (foreign.sign_with(&embedded, &claims), "oidc-signature"),
        (typed("at+jwt"), "oidc-logout"),
        (critical, "oidc-logout"),
        ("garbage".into(), "oidc-logout"),
        ("a".repeat(20_000), "oidc-logout"),
        (typed("logout+jwt"), "ok"),
    ] {
        assert_eq!(
            told(stage.provider.logout_token(&token, now()).await),
            expected,
            "{token:.40}"
        );
    }
    assert_eq!(
        stage.fake.asked("/jwks").len(),
        1,
        "strangers do not make us ask again and again"
    );
}

#[tokio::test]
async fn an_encryption_key_signs_nothing() {
    let stage = Stage::new().await;
    let mut key = stage.key.public();
    key["use"] = json!("enc");
    stage.fake.keys(&[key]);
    let token = stage.key.sign(&honest(&stage.fake.issuer, "j1"));
    assert_eq!(
        told(stage.provider.logout_token(&token, now()).await),
        "oidc-signature"
    );
}

#[tokio::test]
async fn a_logout_token_of_a_new_key_is_understood() {
    let stage = Stage::new().await;
    stage.sign_in(|_| {}).await.unwrap();
    let rotated = Key::ed("d2");
    stage.fake.keys(&[rotated.public()]);
    let token = rotated.sign(&honest(&stage.fake.issuer, "j1"));
    assert_eq!(
        told(stage.provider.logout_token(&token, later(20)).await),
        "ok"
    );
}
