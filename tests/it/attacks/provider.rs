//! A hostile provider of OpenID: it answers what a test puts into its mouth, under keys that the gateway trusts. No
//! real provider can be made to say these things.
//!
//! It is several providers at one address, each below a path of its own, with the same keys: a token of one is signed
//! well enough for the other.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::upstream::Upstream;

/// The name of its key.
pub const KID: &str = "r1";

/// What it answers next.
pub struct World {
    /// To a code.
    pub token: (u16, Value),
    /// To a refresh token.
    pub refresh: (u16, Value),
    /// About a person.
    pub userinfo: Value,
    /// How often it was asked to take a refresh token, answered or not.
    pub asked: usize,
    /// How long it thinks before it answers a refresh token.
    pub slow: Duration,
}

/// The provider.
pub struct Provider {
    upstream: Upstream,
    world: Arc<Mutex<World>>,
}

impl Provider {
    pub fn start() -> Provider {
        let world = Arc::new(Mutex::new(World {
            token: (500, Value::Null),
            refresh: (500, Value::Null),
            userinfo: json!({}),
            asked: 0,
            slow: Duration::ZERO,
        }));
        let answering = Arc::clone(&world);
        let upstream = Upstream::start(move |asked| {
            let (status, body) = answer(&answering, asked);
            let headers = "Content-Type: application/json\r\n".to_owned();
            (format!("{status} Answer"), headers, body.to_string())
        });
        Provider { upstream, world }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.upstream.url()
    }

    /// One of its providers.
    pub fn issuer(&self, tenant: &str) -> String {
        format!("{}/{tenant}", self.url())
    }

    /// Changes what it answers.
    pub fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    /// How often it was asked to take a refresh token, answered or not.
    pub fn asked(&self) -> usize {
        self.world.lock().unwrap().asked
    }

    /// Every request it got at a path, head and body.
    pub fn seen(&self, path: &str) -> Vec<String> {
        let mut seen = self.upstream.seen();
        seen.retain(|asked| line(asked).1.split('?').next() == Some(path));
        seen
    }
}

/// Method and target of a request.
fn line(asked: &str) -> (&str, &str) {
    let mut words = asked.split(' ');
    let method = words.next().unwrap_or_default();
    (method, words.next().unwrap_or_default())
}

fn answer(world: &Mutex<World>, asked: &str) -> (u16, Value) {
    let host = asked.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("host").then_some(value)
    });
    let mut parts = line(asked).1.trim_start_matches('/').splitn(2, '/');
    let (tenant, rest) = (parts.next().unwrap(), parts.next().unwrap_or_default());
    let base = format!("http://{}/{tenant}", host.unwrap_or_default());
    match rest {
        ".well-known/openid-configuration" => (200, discovery(&base, tenant)),
        "jwks" => (200, json!({ "keys": [public(key())] })),
        "me" => (200, world.lock().unwrap().userinfo.clone()),
        "token" if asked.contains("grant_type=refresh_token") => {
            std::thread::sleep(thinks(world));
            world.lock().unwrap().refresh.clone()
        }
        "token" => world.lock().unwrap().token.clone(),
        _ => (404, json!({})),
    }
}

/// How long it thinks about a refresh token.
fn thinks(world: &Mutex<World>) -> Duration {
    let mut world = world.lock().unwrap();
    world.asked += 1;
    world.slow
}

fn discovery(base: &str, tenant: &str) -> Value {
    let methods = if tenant == "plain" {
        json!(["plain"])
    } else {
        json!(["S256"])
    };
    json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/auth"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/me"),
        "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": methods,
        "authorization_response_iss_parameter_supported": true,
    })
}

/// The key that its key set shows.
pub fn key() -> &'static EncodingKey {
    static KEY: OnceLock<EncodingKey> = OnceLock::new();
    KEY.get_or_init(made)
}

/// Somebody else's.
pub fn stranger() -> &'static EncodingKey {
    static KEY: OnceLock<EncodingKey> = OnceLock::new();
    KEY.get_or_init(made)
}

fn made() -> EncodingKey {
    let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap()
}

/// A key as key sets show it.
pub fn public(key: &EncodingKey) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, Algorithm::RS256).unwrap();
    jwk.common.key_id = Some(KID.to_owned());
    serde_json::to_value(jwk).unwrap()
}

/// The header of an honest token.
pub fn header() -> Header {
    Header {
        kid: Some(KID.to_owned()),
        ..Header::new(Algorithm::RS256)
    }
}

/// A token under a header and a key.
pub fn signed(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(header, claims, key).unwrap()
}

/// A token with any header and any signature.
pub fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// An honest token.
pub fn honest(claims: &Value) -> String {
    signed(&header(), claims, key())
}

/// What a token endpoint says with a token.
pub fn tokens(id_token: &str) -> (u16, Value) {
    let tokens = json!({
        "access_token": "at", "token_type": "Bearer", "expires_in": 60, "refresh_token": "rt", "id_token": id_token,
    });
    (200, tokens)
}
