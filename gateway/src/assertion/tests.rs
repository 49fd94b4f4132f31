//! Tokens are checked as an upstream would; keys come and go without a gap.

use std::os::unix::fs::PermissionsExt;

use jsonwebtoken::{DecodingKey, Validation, jwk::JwkSet};
use policy::{Authentication, GroupId, UserId};

use super::*;

const DAY: i64 = 86_400;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn person(groups: &[&str]) -> Person {
    Person {
        id: UserId::new("corp:17"),
        name: "ann".into(),
        provider: "corp".into(),
        subject: "17".into(),
        groups: groups.iter().map(|group| GroupId::new(*group)).collect(),
        email: Some("ann@example.com".into()),
        disabled: false,
        auth: Authentication {
            mfa: true,
            ..Authentication::plain("password", at(50))
        },
    }
}

/// The claims and the key's id, if the published keys vouch for the token.
fn checked(published: &Value, token: &str) -> Option<(Value, String)> {
    let set: JwkSet = serde_json::from_value(published.clone()).unwrap();
    let id = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(set.find(&id)?).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&["/front"]);
    rules.validate_exp = false;
    let decoded = jsonwebtoken::decode::<Value>(token, &key, &rules).unwrap();
    Some((decoded.claims, id))
}

fn token(assertions: &Assertions, person: &Person, session: &str, now: i64) -> String {
    let said = said(person, "https://auth.example", "/front");
    assertions
        .token(&said, session, (at(now), "record-1"))
        .unwrap()
}

#[test]
fn a_token_says_who_asks() {
    let dir = tempfile::tempdir().unwrap();
    let assertions = Assertions::open(dir.path(), at(0)).unwrap();
    let token = token(&assertions, &person(&["corp:users"]), "s", 100);
    let (claims, id) = checked(&assertions.published(), &token).unwrap();
    let expected = serde_json::json!({
        "iss": "https://auth.example", "aud": "/front", "sub": "corp:17", "name": "ann",
        "email": "ann@example.com", "groups": ["corp:users"], "amr": ["pwd", "mfa"],
        "auth_time": 50, "iat": 100, "exp": 220, "jti": "record-1",
    });
    assert_eq!(claims, expected);
    assert_eq!(id.len(), 43);
    let file = dir.path().join("assertion-0.pem");
    assert_eq!(
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_token_serves_its_caller_for_a_minute() {
    let dir = tempfile::tempdir().unwrap();
    let assertions = Assertions::open(dir.path(), at(0)).unwrap();
    let (ann, moved) = (person(&["corp:users"]), person(&["corp:users", "corp:ops"]));
    let first = token(&assertions, &ann, "s", 100);
    assert_eq!(token(&assertions, &ann, "s", 159), first);
    assert_ne!(token(&assertions, &ann, "t", 159), first);
    assert_ne!(token(&assertions, &moved, "s", 159), first);
    assert_ne!(token(&assertions, &ann, "s", 160), first);
    let other = said(&ann, "https://auth.example", "/other");
    assert_ne!(
        assertions.token(&other, "s", (at(160), "r")).unwrap(),
        first
    );
}

#[test]
fn keys_change_without_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let assertions = Assertions::open(dir.path(), at(0)).unwrap();
    let ann = person(&[]);
    let mut signers = Vec::new();
    for (now, published, signer) in [
        (0, 1, 0),
        (30 * DAY - 1, 1, 0),
        (30 * DAY, 2, 0),
        (30 * DAY + 3_599, 2, 0),
        (30 * DAY + 3_600, 2, 1),
        (30 * DAY + 7_199, 2, 1),
        (30 * DAY + 7_200, 1, 1),
        (60 * DAY, 2, 1),
        (60 * DAY + 3_600, 2, 2),
    ] {
        assertions.renew(at(now)).unwrap();
        let keys = assertions.published();
        assert_eq!(
            keys["keys"].as_array().unwrap().len(),
            published,
            "at {now}"
        );
        let (_, id) = checked(&keys, &token(&assertions, &ann, &now.to_string(), now)).unwrap();
        if !signers.contains(&id) {
            signers.push(id.clone());
        }
        assert_eq!(signers[signer], id, "at {now}");
    }
    assert_eq!(signers.len(), 3);
    // The same keys after a start.
    let again = Assertions::open(dir.path(), at(60 * DAY + 3_600)).unwrap();
    assert_eq!(again.published(), assertions.published());
    let newest = format!("assertion-{}.pem", 60 * DAY);
    std::fs::write(dir.path().join(newest), "broken").unwrap();
    assert!(Assertions::open(dir.path(), at(60 * DAY)).is_err());
}
