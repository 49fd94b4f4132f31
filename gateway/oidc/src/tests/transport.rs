//! How the provider is talked to: to whom, how long, how much, and what its answer in the browser must carry.

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::fake::{Fake, Reply};
use super::{Stage, code, honest, later, now, query, settings};
use crate::{Preset, Provider, Settings, Wish};

type Query = Vec<(String, String)>;

const DISCOVERY: &str = "/.well-known/openid-configuration";

#[tokio::test]
async fn the_way_out_carries_every_proof() {
    let stage = Stage::with(|settings| {
        settings.mfa_acr = vec!["gold".into(), "silver".into()];
        settings.offline = true;
        settings.hosted_domain = Some("example.com".into());
    })
    .await;
    let wish = Wish {
        max_age: Some(Duration::from_secs(900)),
        mfa: true,
        login_hint: Some("ann@example.com".into()),
        redirect: Some(Url::parse("https://auth.example.com/cb").unwrap()),
    };
    let begun = stage.begin(&wish).await;
    let value = |name: &str| {
        let found: Vec<String> = begun
            .url
            .query_pairs()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.into())
            .collect();
        assert!(found.len() < 2, "{name} once");
        found.first().cloned().unwrap_or_default()
    };
    assert_eq!(begun.url.path(), "/auth");
    assert_eq!(value("response_type"), "code");
    assert_eq!(value("client_id"), "gate");
    assert_eq!(value("redirect_uri"), "https://auth.example.com/cb");
    assert_eq!(value("scope"), "openid profile email offline_access");
    assert_eq!(value("code_challenge_method"), "S256");
    assert_eq!(value("code_challenge").len(), 43);
    assert_eq!(value("state"), begun.memory.state);
    assert_eq!(value("nonce"), begun.memory.nonce);
    assert_eq!(value("acr_values"), "gold silver");
    assert_eq!(value("max_age"), "900");
    assert_eq!(value("prompt"), "consent login");
    assert_eq!(value("login_hint"), "ann@example.com");
    assert_eq!(value("hd"), "example.com");
    assert!(!begun.url.as_str().contains(&begun.memory.verifier));
    let debug = format!("{:?}", begun.memory);
    assert!(
        !debug.contains(&begun.memory.verifier) && !debug.contains(&begun.memory.state),
        "{debug}"
    );
    let again = stage.begin(&wish).await;
    assert_ne!(again.memory.state, begun.memory.state);
    assert_ne!(again.memory.verifier, begun.memory.verifier);
}

#[tokio::test]
async fn the_answer_must_belong_to_the_question() {
    let stage = Stage::new().await;
    let check = async |name: &str, expected: &str, change: &dyn Fn(&mut Query)| {
        let begun = stage.begin(&Wish::default()).await;
        stage.hand_out(&stage.key.sign(&honest(&stage.fake.issuer, &begun)));
        let mut query = query(&begun, &stage.fake.issuer);
        change(&mut query);
        assert_eq!(
            code(stage.provider.finish(&query, &begun.memory, now()).await),
            expected,
            "{name}"
        );
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    check("honest", "ok", &|_| {}).await;
    let before = stage.fake.asked("/token").len();
    check("no state", "oidc-state", &|query| {
        query.retain(|(key, _)| key != "state")
    })
    .await;
    check("foreign state", "oidc-state", &|query| {
        query[1].1 = "x".repeat(22)
    })
    .await;
    check("empty state", "oidc-state", &|query| query[1].1.clear()).await;
    check("two states", "oidc-state", &|query| {
        query.push(query[1].clone())
    })
    .await;
    check("two codes", "oidc-state", &|query| {
        query.push(pair("code", "other"))
    })
    .await;
    check("no code", "oidc-state", &|query| {
        query.retain(|(key, _)| key != "code")
    })
    .await;
    check("wrong issuer", "oidc-issuer", &|query| {
        query[2].1 = "https://evil.example".into()
    })
    .await;
    check("no issuer", "oidc-issuer", &|query| {
        query.retain(|(key, _)| key != "iss")
    })
    .await;
    check("denied", "oidc-refused", &|query| {
        query[0] = pair("error", "access_denied")
    })
    .await;
    check("denied and a code", "oidc-refused", &|query| {
        query.push(pair("error", "access_denied"))
    })
    .await;
    assert_eq!(
        stage.fake.asked("/token").len(),
        before,
        "no code is spent on a doubtful answer"
    );
}

#[tokio::test]
async fn an_issuer_in_the_answer_counts_even_if_it_was_not_promised() {
    let stage = Stage::new().await;
    stage.fake.discovery(|document| {
        drop(
            document
                .as_object_mut()
                .unwrap()
                .remove("authorization_response_iss_parameter_supported"),
        )
    });
    for (issuer, expected) in [(None, "ok"), (Some("https://evil.example"), "oidc-issuer")] {
        let begun = stage.begin(&Wish::default()).await;
        stage.hand_out(&stage.key.sign(&honest(&stage.fake.issuer, &begun)));
        let mut query = query(&begun, issuer.unwrap_or_default());
        query.retain(|(key, value)| key != "iss" || !value.is_empty());
        assert_eq!(
            code(stage.provider.finish(&query, &begun.memory, now()).await),
            expected
        );
    }
}

#[tokio::test]
async fn discovery_is_checked() {
    let check = async |name: &str, expected: &str, change: &dyn Fn(&mut Value)| {
        let stage = Stage::new().await;
        stage.fake.discovery(change);
        assert_eq!(code(stage.sign_in(|_| {}).await), expected, "{name}");
    };
    check("PKCE unsaid", "ok", &|document| {
        drop(
            document
                .as_object_mut()
                .unwrap()
                .remove("code_challenge_methods_supported"),
        )
    })
    .await;
    check("PKCE plain only", "oidc-pkce", &|document| {
        document["code_challenge_methods_supported"] = json!(["plain"])
    })
    .await;
    check("PKCE none", "oidc-pkce", &|document| {
        document["code_challenge_methods_supported"] = json!([])
    })
    .await;
    check("another issuer", "oidc-issuer", &|document| {
        document["issuer"] = json!("https://evil.example")
    })
    .await;
    check("a template", "oidc-issuer", &|document| {
        document["issuer"] = json!("https://login.example/{tenantid}/v2.0")
    })
    .await;
    check("no issuer", "oidc-response", &|document| {
        drop(document.as_object_mut().unwrap().remove("issuer"))
    })
    .await;
    check("plain http", "oidc-response", &|document| {
        document["token_endpoint"] = json!("http://login.example/token")
    })
    .await;
    check("plain http page", "oidc-response", &|document| {
        document["authorization_endpoint"] = json!("http://login.example/a")
    })
    .await;
    check("plain http keys", "oidc-response", &|document| {
        document["jwks_uri"] = json!("http://login.example/jwks")
    })
    .await;
    check("script", "oidc-response", &|document| {
        document["authorization_endpoint"] = json!("javascript:alert(1)")
    })
    .await;
    check("no token endpoint", "oidc-response", &|document| {
        drop(document.as_object_mut().unwrap().remove("token_endpoint"))
    })
    .await;
    check("unknown proof", "oidc-response", &|document| {
        document["token_endpoint_auth_methods_supported"] = json!(["private_key_jwt"])
    })
    .await;
}

#[tokio::test]
async fn the_secret_goes_into_the_body_where_it_must() {
    let stage = Stage::new().await;
    stage.fake.discovery(|document| {
        document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"])
    });
    stage.sign_in(|_| {}).await.unwrap();
    let asked = stage.fake.asked("/token").remove(0);
    assert!(asked.authorization.is_empty() && asked.body.contains("client_secret=secret"));
}

#[tokio::test]
async fn answers_are_bounded() {
    for path in [DISCOVERY, "/jwks", "/token", "/me"] {
        let stage = Stage::with(|settings| settings.timeout = Duration::from_millis(300)).await;
        let attempt = async |reply: Reply| {
            let begun = stage.provider.begin(&Wish::default(), now()).await?;
            let mut claims = honest(&stage.fake.issuer, &begun);
            claims.as_object_mut().unwrap().remove("groups");
            stage.hand_out(&stage.key.sign(&claims));
            stage.fake.set(path, reply);
            stage
                .provider
                .finish(&query(&begun, &stage.fake.issuer), &begun.memory, now())
                .await
        };
        if matches!(path, DISCOVERY | "/jwks") {
            stage.fake.set(path, Reply::Silence);
            let begun = std::time::Instant::now();
            assert_eq!(
                code(attempt(Reply::Silence).await),
                "oidc-unavailable",
                "{path}"
            );
            assert!(begun.elapsed() < Duration::from_secs(20));
        } else {
            assert_eq!(
                code(attempt(Reply::Long(1024 * 1024 + 1)).await),
                "oidc-response",
                "{path}"
            );
            assert_eq!(
                code(attempt(Reply::Elsewhere(format!("{}/moved", stage.fake.issuer))).await),
                "oidc-response",
                "{path}"
            );
            assert_eq!(
                code(attempt(Reply::Json(503, json!({}))).await),
                "oidc-unavailable",
                "{path}"
            );
            assert_eq!(
                code(attempt(Reply::Silence).await),
                "oidc-unavailable",
                "{path}"
            );
        }
        assert!(
            stage.fake.asked("/moved").is_empty(),
            "redirects are not followed"
        );
    }
}

#[tokio::test]
async fn long_or_moved_documents_are_refused() {
    for path in [DISCOVERY, "/jwks"] {
        for reply in [
            Reply::Long(1024 * 1024 + 1),
            Reply::Elsewhere("http://127.0.0.1:1/".into()),
            Reply::Json(200, json!([])),
        ] {
            let stage = Stage::new().await;
            stage.fake.set(path, reply);
            let found = code(stage.sign_in(|_| {}).await);
            assert!(
                matches!(found, "oidc-response" | "oidc-signature"),
                "{path}: {found}"
            );
        }
    }
}

#[tokio::test]
async fn discovery_is_shared_and_renewed() {
    let stage = Stage::new().await;
    let wish = Wish::default();
    let many = (0..20).map(|_| stage.provider.begin(&wish, now()));
    for begun in futures(many).await {
        let _ = begun.unwrap();
    }
    assert_eq!(stage.fake.asked(DISCOVERY).len(), 1);
    let _ = stage.provider.begin(&wish, later(3599)).await.unwrap();
    assert_eq!(stage.fake.asked(DISCOVERY).len(), 1);
    let _ = stage.provider.begin(&wish, later(3601)).await.unwrap();
    assert_eq!(stage.fake.asked(DISCOVERY).len(), 2);
}

#[tokio::test]
async fn a_dead_provider_costs_one_wait() {
    let stage = Stage::with(|settings| settings.timeout = Duration::from_millis(300)).await;
    stage.fake.set(DISCOVERY, Reply::Silence);
    let wish = Wish::default();
    for begun in futures((0..20).map(|_| stage.provider.begin(&wish, now()))).await {
        assert!(begun.unwrap_err().is_temporary());
    }
    assert_eq!(stage.fake.asked(DISCOVERY).len(), 1);
    stage.fake.discovery(|_| {});
    assert!(
        stage.provider.begin(&wish, later(5)).await.is_err(),
        "the failure is believed for a moment"
    );
    assert!(stage.provider.begin(&wish, later(11)).await.is_ok());
}

async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.map(Box::pin).map(|future| (future, None)).collect();
    std::future::poll_fn(|context| {
        for (future, done) in &mut all {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        if all.iter().all(|(_, done)| done.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    all.into_iter().map(|(_, done)| done.unwrap()).collect()
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let _fake = Fake::start().await;
    let check = |name: &str, works: bool, change: &dyn Fn(&mut Settings)| {
        let mut settings = settings("https://login.example.com");
        change(&mut settings);
        let made = Provider::new(settings);
        assert_eq!(made.is_ok(), works, "{name}");
        if let Err(error) = made {
            assert_eq!(error.code(), "oidc-settings");
            assert!(error.to_string().starts_with("[oidc."), "{error}");
        }
    };
    let url = |text: &str| Url::parse(text).unwrap();
    check("plain", true, &|_| {});
    check("localhost", true, &|settings| {
        settings.issuer = url("http://idp.localhost:9000/realm")
    });
    check("v6", true, &|settings| {
        settings.issuer = url("http://[::1]:9000")
    });
    check("http", false, &|settings| {
        settings.issuer = url("http://login.example.com")
    });
    check("http by number", false, &|settings| {
        settings.issuer = url("http://10.0.0.1")
    });
    check("look-alike", false, &|settings| {
        settings.issuer = url("http://localhost.evil.com")
    });
    check("user", false, &|settings| {
        settings.issuer = url("https://us@login.example.com")
    });
    check("query", false, &|settings| {
        settings.issuer = url("https://login.example.com/?a")
    });
    check("no audience", false, &|settings| {
        settings.client_id = " ".into()
    });
    check("no name", false, &|settings| settings.name.clear());
    check("redirect", false, &|settings| {
        settings.redirect = url("http://gate.example.com/cb")
    });
    check("empty domain", false, &|settings| {
        settings.hosted_domain = Some(String::new())
    });
    check("no certificate", false, &|settings| {
        settings.ca = Some(b"nothing".to_vec())
    });
    check("empty certificates", false, &|settings| {
        settings.ca = Some(Vec::new())
    });
    let entra = |settings: &mut Settings, tenant: &str| {
        settings.preset = Preset::Entra;
        settings.issuer = url(&format!("https://login.microsoftonline.com/{tenant}/v2.0"));
    };
    check("every tenant", false, &|settings| entra(settings, "common"));
    check("every organisation", false, &|settings| {
        entra(settings, "organizations")
    });
    check("one tenant", true, &|settings| {
        entra(settings, "9188040d-6c67-4c5b-b112-36a304b66dad")
    });
    check("every tenant, one chosen", true, &|settings| {
        entra(settings, "common");
        settings.tenant = Some("9188040d-6c67-4c5b-b112-36a304b66dad".into());
    });
    check("a strange tenant", false, &|settings| {
        entra(settings, "common");
        settings.tenant = Some("../evil".into());
    });
    check("a tenant elsewhere", false, &|settings| {
        settings.tenant = Some("9188040d-6c67-4c5b-b112-36a304b66dad".into())
    });
    check("a domain at GitHub", false, &|settings| {
        settings.preset = Preset::GitHub;
        settings.hosted_domain = Some("example.com".into());
    });
}

#[test]
fn futures_may_move_between_threads() {
    fn check<T: Send>(_: impl FnOnce(&'static Provider) -> T) {}
    check(|provider| provider.finish(&[], Box::leak(Box::new(memory())), now()));
    check(|provider| provider.logout_token("", now()));
    check(|provider| provider.refresh(Box::leak(Box::default()), "", now()));
    check(|provider| provider.begin(Box::leak(Box::default()), now()));
}

fn memory() -> crate::Memory {
    serde_json::from_value(json!({
        "state": "", "nonce": "", "verifier": "", "redirect": "", "begun": 0, "max_age": null, "mfa": false,
    }))
    .unwrap()
}
