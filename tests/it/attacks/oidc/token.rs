//! Cases 37 to 39 and 42: ID tokens that are not for us, not signed, not of our provider or not of now.

use super::*;

pub const TOKEN: &[Variant<Hostile>] = &[
    ("aud-other", |hostile| hostile.claim("aud", json!("other"))),
    ("aud-missing", |hostile| hostile.claim("aud", Value::Null)),
    ("aud-empty", |hostile| hostile.claim("aud", json!(""))),
    ("aud-empty-list", |hostile| hostile.claim("aud", json!([]))),
    ("aud-list-without-us", |hostile| {
        hostile.claim("aud", json!(["other", "gateway2"]))
    }),
    ("aud-list-with-another", |hostile| {
        hostile.claim("aud", json!(["gateway", "other"]))
    }),
    ("aud-begins-like-ours", |hostile| {
        hostile.claim("aud", json!("gateway gateway"))
    }),
    ("azp-other", |hostile| hostile.claim("azp", json!("other"))),
    ("alg-none", |hostile| {
        hostile.token(|claims| forged(&json!({"alg": "none"}), claims, ""))
    }),
    ("alg-none-with-kid", |hostile| {
        hostile.token(|claims| forged(&json!({"alg": "none", "kid": "r1"}), claims, "AAAA"))
    }),
    ("no-signature", |hostile| {
        hostile.token(|claims| forged(&json!({"alg": "RS256", "kid": "r1"}), claims, ""))
    }),
    ("hs256-modulus", |hostile| {
        keyed(hostile, public(key())["n"].as_str().unwrap())
    }),
    ("hs256-jwk", |hostile| {
        keyed(hostile, &public(key()).to_string())
    }),
    ("kid-path", |hostile| named(hostile, "../../etc/passwd")),
    ("kid-url", |hostile| {
        named(hostile, "http://127.0.0.1:1/jwks")
    }),
    ("kid-injection", |hostile| named(hostile, "' or 1=1 --")),
    ("stranger-with-our-kid", |hostile| {
        hostile.token(|claims| signed(&header(), claims, stranger()))
    }),
    ("jku", |hostile| {
        let evil = hostile.provider.issuer("evil") + "/jwks";
        let reply = by_stranger(hostile, |header| header.jku = Some(evil));
        assert!(
            hostile.provider.seen("/evil/jwks").is_empty(),
            "no key is fetched from an address in a token"
        );
        reply
    }),
    ("x5u", |hostile| {
        let evil = hostile.provider.issuer("evil") + "/x5u";
        let reply = by_stranger(hostile, |header| header.x5u = Some(evil));
        assert!(
            hostile.provider.seen("/evil/x5u").is_empty(),
            "no key is fetched from an address in a token"
        );
        reply
    }),
    ("jwk-in-header", |hostile| {
        by_stranger(hostile, |header| {
            header.jwk = serde_json::from_value(public(stranger())).ok()
        })
    }),
    ("critical-extension", |hostile| {
        bent_header(hostile, |header| header.crit = Some(vec!["b64".into()]))
    }),
    ("typ-access-token", |hostile| {
        bent_header(hostile, |header| header.typ = Some("at+jwt".into()))
    }),
    ("typ-logout-token", |hostile| {
        bent_header(hostile, |header| header.typ = Some("logout+jwt".into()))
    }),
    ("changed-claims", |hostile| {
        hostile.token(|claims| {
            let token = honest(claims);
            let mut root = claims.clone();
            root["sub"] = json!("root");
            let signature = token.rsplit('.').next().unwrap();
            forged(&json!({"alg": "RS256", "kid": "r1"}), &root, signature)
        })
    }),
    ("nonce-other", |hostile| {
        hostile.claim("nonce", json!("A".repeat(43)))
    }),
    ("nonce-missing", |hostile| {
        hostile.claim("nonce", Value::Null)
    }),
    ("nonce-of-another-login", |hostile| {
        let other = hostile.begin(Agent::new());
        hostile.claim("nonce", json!(value(&other.asked, "nonce")))
    }),
    ("iss-other-tenant", |hostile| {
        hostile.claim("iss", json!(hostile.provider.issuer("other")))
    }),
    ("iss-with-slash", |hostile| {
        hostile.claim("iss", json!(hostile.provider.issuer("corp/")))
    }),
    ("iss-missing", |hostile| hostile.claim("iss", Value::Null)),
    ("answer-iss-missing", |hostile| without(hostile, "iss")),
    ("answer-iss-other-tenant", |hostile| {
        with(hostile, "iss", &hostile.provider.issuer("other"))
    }),
    ("exp-past", |hostile| {
        hostile.claim("exp", json!(from_now(-61)))
    }),
    ("exp-missing", |hostile| hostile.claim("exp", Value::Null)),
    ("iat-future", |hostile| {
        hostile.claim("iat", json!(from_now(3600)))
    }),
    ("iat-long-past", |hostile| {
        hostile.claim("iat", json!(from_now(-3600)))
    }),
    ("sub-missing", |hostile| hostile.claim("sub", Value::Null)),
    ("sub-empty", |hostile| hostile.claim("sub", json!(""))),
    ("sub-with-newline", |hostile| {
        hostile.claim("sub", json!("ann\nroot"))
    }),
    ("userinfo-of-somebody-else", |hostile| {
        hostile
            .provider
            .change(|world| world.userinfo = json!({ "sub": "root", "groups": ["dev"] }));
        let reply = hostile.claim("groups", Value::Null);
        hostile.provider.change(|world| world.userinfo = json!({}));
        reply
    }),
    ("pkce-plain-only", |hostile| {
        let mut agent = Agent::new();
        let flow = hostile.flow(&mut agent, "/open");
        agent
            .glance(&hostile.login(&format!("/_sallyport/oidc/plain/start?flow={flow}")))
            .reply
    }),
];

fn from_now(seconds: i64) -> i64 {
    jiff::Timestamp::now().as_second() + seconds
}

/// What is public as the secret of a keyed hash.
fn keyed(hostile: &Hostile, secret: &str) -> Reply {
    let header = Header {
        kid: Some("r1".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    hostile.token(|claims| {
        signed(
            &header,
            claims,
            &EncodingKey::from_secret(secret.as_bytes()),
        )
    })
}

fn named(hostile: &Hostile, kid: &str) -> Reply {
    bent_header(hostile, |header| header.kid = Some(kid.to_owned()))
}

fn bent_header(hostile: &Hostile, bend: impl FnOnce(&mut Header)) -> Reply {
    let mut header = header();
    bend(&mut header);
    hostile.token(|claims| signed(&header, claims, key()))
}

fn by_stranger(hostile: &Hostile, bend: impl FnOnce(&mut Header)) -> Reply {
    let mut header = header();
    bend(&mut header);
    hostile.token(|claims| signed(&header, claims, stranger()))
}
