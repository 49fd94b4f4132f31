//! The person after the token: userinfo, groups, wishes, renewal.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::fake::Reply;
use super::keys::Key;
use super::{NOW, Stage, code, honest, later, now, query};
use crate::{Error, Preset, Renewed, Tokens, Wish};

fn without(names: &'static [&'static str]) -> impl Fn(&mut Value) {
    move |claims| {
        names
            .iter()
            .for_each(|name| drop(claims.as_object_mut().unwrap().remove(*name)))
    }
}

#[tokio::test]
async fn userinfo_fills_in_what_the_token_leaves_out() {
    let stage = Stage::new().await;
    let more = json!({ "sub": "u1", "groups": "ops", "email": "ann@corp.example", "email_verified": true, "name": "Ann B" });
    stage.fake.set("/me", Reply::json(more));
    let person = stage
        .sign_in(without(&["groups", "email", "email_verified", "name"]))
        .await
        .unwrap();
    assert_eq!(
        (person.groups, person.email.as_deref(), person.name.as_str()),
        (vec!["ops".into()], Some("ann@corp.example"), "Ann B")
    );
    assert_eq!(stage.fake.asked("/me").remove(0).authorization, "Bearer at");
    let person = stage.sign_in(without(&["email"])).await.unwrap();
    assert_eq!(
        person.groups,
        ["admins", "dev"],
        "the token's own word comes first"
    );
}

#[tokio::test]
async fn userinfo_speaks_of_the_same_person() {
    let stage = Stage::new().await;
    for (more, expected) in [
        (json!({ "sub": "u2", "groups": ["admins"] }), "oidc-subject"),
        (json!({ "groups": ["admins"] }), "oidc-subject"),
        (json!("a.signed.token"), "oidc-response"),
        (json!({ "sub": "u1" }), "ok"),
    ] {
        stage.fake.set("/me", Reply::json(more));
        assert_eq!(code(stage.sign_in(without(&["groups"])).await), expected);
    }
}

#[tokio::test]
async fn groups_lie_where_the_settings_say() {
    let check = async |path: &'static str, claims: Value, expected: &[&str]| {
        let stage = Stage::with(|settings| settings.groups_claim = path.into()).await;
        let person = stage
            .sign_in(|own| {
                without(&["groups"])(own);
                own.as_object_mut()
                    .unwrap()
                    .extend(claims.as_object().unwrap().clone());
            })
            .await
            .unwrap();
        assert_eq!(person.groups, expected, "{path}");
    };
    check(
        "realm_access.roles",
        json!({"realm_access": {"roles": ["b", "a", "b"]}}),
        &["a", "b"],
    )
    .await;
    check(
        "https://corp.example/groups",
        json!({"https://corp.example/groups": ["a"]}),
        &["a"],
    )
    .await;
    check("", json!({"groups": ["a"]}), &[]).await;
    check("missing", json!({"groups": ["a"]}), &[]).await;
}

#[tokio::test]
async fn too_many_groups_for_a_token_are_asked_for_elsewhere() {
    let stage = Stage::new().await;
    let overflow = |claims: &mut Value| {
        without(&["groups"])(claims);
        claims["_claim_names"] = json!({ "groups": "src1" });
        claims["_claim_sources"] = json!({ "src1": { "endpoint": "http://127.0.0.1:1/evil" } });
    };
    assert_eq!(
        code(stage.sign_in(overflow).await),
        "oidc-groups",
        "no endpoint is set"
    );
    assert_eq!(
        code(
            stage
                .sign_in(|claims| claims["hasgroups"] = json!(true))
                .await
        ),
        "oidc-groups"
    );
    let endpoint = format!("{}/graph", stage.fake.issuer);
    let stage = Stage {
        provider: {
            let mut settings = stage.provider.settings().clone();
            settings.groups_endpoint = Url::parse(&format!("{endpoint}?$top=2")).ok();
            crate::Provider::new(settings).unwrap()
        },
        ..stage
    };
    stage.fake.set("/graph", Reply::json(json!({ "value": [{"id": "g1"}, {"id": "g2"}], "@odata.nextLink": format!("{endpoint}?page=2") })));
    stage
        .fake
        .set("/graph?page=2", Reply::json(json!({ "value": ["g3"] })));
    assert_eq!(
        stage.sign_in(overflow).await.unwrap().groups,
        ["g1", "g2", "g3"]
    );
    assert!(
        stage
            .fake
            .asked("/graph")
            .iter()
            .all(|seen| seen.authorization == "Bearer at")
    );
    for (reply, expected) in [
        (
            Reply::json(json!({ "value": ["g1"], "@odata.nextLink": "http://127.0.0.1:1/graph" })),
            "oidc-groups",
        ),
        (
            Reply::json(json!({ "value": ["g1"], "@odata.nextLink": endpoint })),
            "oidc-groups",
        ),
        (Reply::json(json!({ "value": [1] })), "oidc-groups"),
        (Reply::json(json!({})), "oidc-groups"),
        (Reply::Json(403, json!({})), "oidc-groups"),
        (Reply::Json(503, json!({})), "oidc-unavailable"),
    ] {
        stage.fake.set("/graph", reply);
        assert_eq!(code(stage.sign_in(overflow).await), expected);
    }
}

#[tokio::test]
async fn a_tenant_fills_the_template() {
    const TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    let fake = super::Fake::start().await;
    let key = Key::rsa("r1");
    fake.keys(&[key.public()]);
    let template = format!("{}/{{tenantid}}/v2.0", fake.issuer);
    fake.discovery(|document| {
        document["issuer"] = json!(template);
        let reply = Reply::json(document.clone());
        fake.set("/common/v2.0/.well-known/openid-configuration", reply);
    });
    let mut settings = super::settings(&format!("{}/common/v2.0", fake.issuer));
    settings.preset = Preset::Entra;
    settings.tenant = Some(TENANT.to_uppercase());
    let stage = Stage {
        provider: crate::Provider::new(settings).unwrap(),
        fake,
        key,
    };
    let attempt = async |tenant: &str| {
        let begun = stage.provider.begin(&Wish::default(), now()).await?;
        let issuer = format!("{}/{tenant}/v2.0", stage.fake.issuer);
        stage.hand_out(&stage.key.sign(&honest(&issuer, &begun)));
        stage
            .provider
            .finish(&query(&begun, &issuer), &begun.memory, now())
            .await
    };
    assert_eq!(code(attempt(TENANT).await), "ok");
    assert_eq!(
        code(attempt("00000000-0000-0000-0000-000000000000").await),
        "oidc-issuer"
    );
}

#[tokio::test]
async fn one_domain_only() {
    let stage = Stage::with(|settings| settings.hosted_domain = Some("example.com".into())).await;
    assert_eq!(
        code(
            stage
                .sign_in(|claims| claims["hd"] = json!("example.com"))
                .await
        ),
        "ok"
    );
    assert_eq!(
        code(
            stage
                .sign_in(|claims| claims["hd"] = json!("evil.com"))
                .await
        ),
        "oidc-domain"
    );
    assert_eq!(code(stage.sign_in(|_| {}).await), "oidc-domain");
}

#[tokio::test]
async fn wishes_are_met_or_the_sign_in_fails() {
    let stage = Stage::with(|settings| settings.mfa_acr = vec!["gold".into()]).await;
    let fresh = Wish {
        max_age: Some(Duration::from_secs(60)),
        ..Wish::default()
    };
    let strong = Wish {
        mfa: true,
        ..Wish::default()
    };
    let check = async |wish: &Wish, claims: Value, expected: &str| {
        let result = stage
            .sign_in_as(wish, |own| {
                own.as_object_mut()
                    .unwrap()
                    .extend(claims.as_object().unwrap().clone())
            })
            .await;
        assert_eq!(code(result), expected, "{claims}");
    };
    check(&fresh, json!({"auth_time": NOW}), "ok").await;
    check(&fresh, json!({"auth_time": NOW - 119}), "ok").await;
    check(&fresh, json!({"auth_time": NOW - 121}), "oidc-age").await;
    check(&fresh, json!({"auth_time": null}), "oidc-age").await;
    check(&strong, json!({"acr": "gold"}), "ok").await;
    check(&strong, json!({"amr": ["pwd", "mfa"]}), "ok").await;
    check(
        &strong,
        json!({"amr": ["pwd"], "acr": "silver"}),
        "oidc-factor",
    )
    .await;
    let person = stage
        .sign_in(without(&["auth_time", "amr", "acr"]))
        .await
        .unwrap();
    assert_eq!(
        (person.at.as_second(), person.mfa),
        (0, false),
        "what is not said is not assumed"
    );
}

async fn renew(stage: &Stage, change: impl FnOnce(&mut Value)) -> Result<Renewed, Error> {
    let begun = stage.begin(&Wish::default()).await;
    stage.hand_out(&stage.key.sign(&honest(&stage.fake.issuer, &begun)));
    let person = stage
        .provider
        .finish(&query(&begun, &stage.fake.issuer), &begun.memory, now())
        .await?;
    let mut claims = honest(&stage.fake.issuer, &begun);
    claims["groups"] = json!(["dev"]);
    change(&mut claims);
    stage.fake.set("/token", Reply::json(json!({
        "access_token": "at2", "token_type": "Bearer", "expires_in": 60, "refresh_token": "rt2", "id_token": stage.key.sign(&claims),
    })));
    stage.provider.refresh(&person.tokens, "u1", now()).await
}

#[tokio::test]
async fn renewal_brings_todays_groups_and_tokens() {
    let stage = Stage::new().await;
    let renewed = renew(&stage, |_| {}).await.unwrap();
    assert_eq!(renewed.groups, ["dev"]);
    assert_eq!(renewed.tokens.refresh.unwrap().expose_secret(), "rt2");
    assert!(
        stage
            .fake
            .asked("/token")
            .remove(1)
            .body
            .contains("refresh_token=rt1")
    );
    assert!(
        renew(&stage, without(&["nonce"])).await.is_ok(),
        "a renewed token need not repeat the nonce"
    );
}

#[tokio::test]
async fn renewal_is_of_the_same_person() {
    let stage = Stage::new().await;
    let check = async |claim: &str, value: Value, expected: &str| {
        let found = renew(&stage, |claims| claims[claim] = value)
            .await
            .map_or_else(|error| error.code(), |_| "ok");
        assert_eq!(found, expected, "{claim}");
    };
    check("sub", json!("u2"), "oidc-subject").await;
    check("aud", json!("other"), "oidc-audience").await;
    check("iss", json!("https://evil.example"), "oidc-issuer").await;
    check("nonce", json!("another"), "oidc-nonce").await;
    check("exp", json!(NOW - 100), "oidc-expired").await;
}

#[tokio::test]
async fn renewal_without_an_id_token_asks_userinfo() {
    let stage = Stage::new().await;
    let tokens = Tokens {
        refresh: Some("rt1".into()),
        ..Tokens::default()
    };
    stage.fake.set(
        "/token",
        Reply::json(json!({ "access_token": "at2", "token_type": "Bearer" })),
    );
    stage.fake.set(
        "/me",
        Reply::json(json!({ "sub": "u1", "groups": ["ops"] })),
    );
    let renewed = stage.provider.refresh(&tokens, "u1", now()).await.unwrap();
    assert_eq!(renewed.groups, ["ops"]);
    assert_eq!(
        renewed
            .tokens
            .refresh
            .as_ref()
            .map(ExposeSecret::expose_secret),
        Some("rt1"),
        "the old one is kept"
    );
    assert_eq!(stage.fake.asked("/me").len(), 1);
    let error = stage
        .provider
        .refresh(&tokens, "u2", now())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "oidc-subject");
    stage.fake.discovery(|document| {
        drop(
            document
                .as_object_mut()
                .unwrap()
                .remove("userinfo_endpoint"),
        )
    });
    let error = stage
        .provider
        .refresh(&tokens, "u1", later(3601))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "oidc-response");
}

#[tokio::test]
async fn gone_and_unavailable_are_told_apart() {
    let stage = Stage::new().await;
    let tokens = Tokens {
        refresh: Some("rt1".into()),
        ..Tokens::default()
    };
    for (reply, expected) in [
        (
            Reply::Json(400, json!({ "error": "invalid_grant" })),
            "oidc-gone",
        ),
        (
            Reply::Json(
                401,
                json!({ "error": "invalid_client", "error_description": "rt1" }),
            ),
            "oidc-refused",
        ),
        (
            Reply::Json(400, json!({ "error": "<script>" })),
            "oidc-refused",
        ),
        (
            Reply::Json(502, json!({ "error": "invalid_grant" })),
            "oidc-unavailable",
        ),
        (Reply::Json(429, json!({})), "oidc-unavailable"),
        (
            Reply::Json(200, json!({ "access_token": 7, "secret": "rt1" })),
            "oidc-response",
        ),
    ] {
        stage.fake.set("/token", reply);
        let error = stage
            .provider
            .refresh(&tokens, "u1", now())
            .await
            .unwrap_err();
        assert_eq!(error.code(), expected);
        assert_eq!(error.is_temporary(), expected == "oidc-unavailable");
        assert!(
            !error.to_string().contains("rt1") && !error.to_string().contains('<'),
            "{error}"
        );
    }
    let none = stage
        .provider
        .refresh(&Tokens::default(), "u1", now())
        .await
        .unwrap_err();
    assert_eq!(none.code(), "oidc-not-renewable");
}

#[tokio::test]
async fn signing_out_there_too() {
    let stage = Stage::new().await;
    let person = stage.sign_in(|_| {}).await.unwrap();
    let back = Url::parse("http://auth.localhost:8080/bye").unwrap();
    let page = stage
        .provider
        .end_session(&person.tokens, &back, now())
        .await
        .unwrap();
    let pairs: Vec<(String, String)> = page.query_pairs().into_owned().collect();
    let hint: &SecretString = person.tokens.id.as_ref().unwrap();
    assert_eq!(page.path(), "/end");
    assert!(pairs.contains(&("id_token_hint".into(), hint.expose_secret().into())));
    assert!(pairs.contains(&("post_logout_redirect_uri".into(), back.to_string())));
    assert!(pairs.contains(&("client_id".into(), "gate".into())));
    stage.fake.discovery(|document| {
        drop(
            document
                .as_object_mut()
                .unwrap()
                .remove("end_session_endpoint"),
        )
    });
    assert!(
        stage
            .provider
            .end_session(&person.tokens, &back, later(3601))
            .await
            .is_none()
    );
}
