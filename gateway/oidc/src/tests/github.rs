//! GitHub, whose API is the identity.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::fake::{Fake, Reply};
use super::{code, now, query};
use crate::{Begun, Error, Identity, Preset, Provider, Settings, Tokens, Wish};

async fn stage() -> (Fake, Provider) {
    let fake = Fake::start().await;
    let issuer = Url::parse(&fake.issuer).unwrap();
    let redirect = Url::parse("http://auth.localhost:8080/cb").unwrap();
    let mut settings = Settings::new("hub", Preset::GitHub, issuer, "gate", redirect);
    settings.client_secret = Some("secret".into());
    settings.api = Url::parse(&format!("{}/api", fake.issuer)).ok();
    fake.set("/login/oauth/access_token", Reply::json(json!({ "access_token": "gho", "token_type": "bearer", "scope": "read:org,user:email" })));
    fake.set(
        "/api/user",
        Reply::json(json!({ "id": 583231, "login": "octo", "name": "Octo Cat" })),
    );
    fake.set(
        "/api/user/emails",
        Reply::json(json!([
            { "email": "old@example.com", "primary": false, "verified": true },
            { "email": "octo@example.com", "primary": true, "verified": true },
        ])),
    );
    fake.set("/api/user/orgs", Reply::json(json!([{ "login": "acme" }])));
    fake.set(
        "/api/user/teams",
        Reply::json(json!([{ "slug": "ops", "organization": { "login": "acme" } }])),
    );
    (fake, Provider::new(settings).unwrap())
}

async fn sign_in(fake: &Fake, provider: &Provider) -> Result<Identity, Error> {
    let begun: Begun = provider.begin(&Wish::default(), now()).await?;
    provider
        .finish(&query(&begun, &fake.issuer), &begun.memory, now())
        .await
}

#[tokio::test]
async fn a_person_is_their_number() {
    let (fake, provider) = stage().await;
    let begun = provider.begin(&Wish::default(), now()).await.unwrap();
    assert!(
        begun
            .url
            .as_str()
            .starts_with(&format!("{}/login/oauth/authorize?", fake.issuer))
    );
    assert!(begun.url.as_str().contains("code_challenge_method=S256"));
    let scope = begun
        .url
        .query_pairs()
        .find(|(key, _)| key == "scope")
        .unwrap()
        .1
        .into_owned();
    assert_eq!(scope, "read:user user:email read:org");
    let person = sign_in(&fake, &provider).await.unwrap();
    assert_eq!(
        (person.subject.as_str(), person.name.as_str()),
        ("583231", "Octo Cat")
    );
    assert_eq!(person.email.as_deref(), Some("octo@example.com"));
    assert_eq!(person.groups, ["acme", "acme/ops"]);
    assert_eq!((person.mfa, person.at.as_second()), (false, 0));
    let asked = fake.asked("/login/oauth/access_token").remove(0);
    assert!(asked.body.contains("client_secret=secret") && asked.body.contains("code_verifier="));
    assert_eq!(
        fake.asked("/api/user").remove(0).authorization,
        "Bearer gho"
    );
    assert!(
        provider
            .end_session(
                &person.tokens,
                &Url::parse("https://a.example").unwrap(),
                now()
            )
            .await
            .is_none()
    );
}

#[tokio::test]
async fn its_answers_are_checked() {
    let (fake, provider) = stage().await;
    let check = async |path: &str, reply: Value, status: u16, expected: &str| {
        let (fake, provider) = stage().await;
        fake.set(path, Reply::Json(status, reply));
        assert_eq!(code(sign_in(&fake, &provider).await), expected, "{path}");
    };
    check(
        "/login/oauth/access_token",
        json!({ "error": "bad_verification_code" }),
        200,
        "oidc-refused",
    )
    .await;
    check("/api/user", json!({ "id": "583231" }), 200, "oidc-subject").await;
    check("/api/user", json!({}), 403, "oidc-response").await;
    check("/api/user/orgs", json!({}), 403, "oidc-response").await;
    check(
        "/api/user/orgs",
        json!([{ "login": "a/b" }]),
        200,
        "oidc-groups",
    )
    .await;
    check(
        "/api/user/orgs",
        json!(
            (0..100)
                .map(|number| json!({ "login": format!("o{number}") }))
                .collect::<Vec<_>>()
        ),
        200,
        "oidc-groups",
    )
    .await;
    for email in [
        json!({ "email": "a@b.c", "primary": true, "verified": false }),
        json!({ "email": "a@b.c", "primary": true, "verified": "true" }),
    ] {
        fake.set("/api/user/emails", Reply::json(json!([email])));
        assert_eq!(sign_in(&fake, &provider).await.unwrap().email, None);
    }
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let (fake, provider) = stage().await;
    let full: Vec<Value> = (0..100)
        .map(|number| json!({ "login": format!("o{number}") }))
        .collect();
    fake.set(
        "/api/user/orgs?per_page=100&page=1",
        Reply::json(json!(full)),
    );
    fake.set(
        "/api/user/orgs?per_page=100&page=2",
        Reply::json(json!([{ "login": "last" }])),
    );
    let groups = sign_in(&fake, &provider).await.unwrap().groups;
    assert!(groups.len() == 102 && groups.contains(&"last".to_owned()));
}

#[tokio::test]
async fn what_it_cannot_prove_is_not_wished_for() {
    let (_fake, provider) = stage().await;
    let fresh = Wish {
        max_age: Some(Duration::ZERO),
        ..Wish::default()
    };
    assert_eq!(
        provider.begin(&fresh, now()).await.unwrap_err().code(),
        "oidc-age"
    );
    let strong = Wish {
        mfa: true,
        ..Wish::default()
    };
    assert_eq!(
        provider.begin(&strong, now()).await.unwrap_err().code(),
        "oidc-factor"
    );
}

#[tokio::test]
async fn apps_of_github_renew() {
    let (fake, provider) = stage().await;
    let tokens = Tokens {
        refresh: Some("ghr1".into()),
        ..Tokens::default()
    };
    fake.set("/login/oauth/access_token", Reply::json(json!({ "access_token": "gho2", "token_type": "bearer", "refresh_token": "ghr2", "expires_in": 28800 })));
    assert_eq!(
        provider
            .refresh(&tokens, "583231", now())
            .await
            .unwrap()
            .groups,
        ["acme", "acme/ops"]
    );
    assert_eq!(
        provider
            .refresh(&tokens, "1", now())
            .await
            .unwrap_err()
            .code(),
        "oidc-subject"
    );
    fake.set(
        "/login/oauth/access_token",
        Reply::json(json!({ "error": "bad_refresh_token" })),
    );
    assert_eq!(
        provider
            .refresh(&tokens, "583231", now())
            .await
            .unwrap_err()
            .code(),
        "oidc-gone"
    );
    assert_eq!(
        provider
            .logout_token("a.b.c", now())
            .await
            .unwrap_err()
            .code(),
        "oidc-logout"
    );
}
