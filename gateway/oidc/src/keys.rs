//! The keys a provider signs with. Only public keys of a fair size are taken; secrets in a key set are of no use here.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use serde_json::{Value, json};
use url::Url;

use crate::error::{Error, Result};
use crate::fetch::{Fetch, guard};

/// The algorithms of ID tokens: all of them need the provider's private key.
pub const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// A key set as it was at one moment.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Where it came from.
    pub url: Url,
    /// The keys, for ID tokens.
    pub set: CoreJsonWebKeySet,
    /// The same keys as documents, for other tokens.
    pub documents: Vec<Value>,
    /// When it was fetched.
    pub at: Timestamp,
}

impl Keys {
    /// Fetches the set.
    pub async fn fetch(fetch: &Fetch, url: &Url, now: Timestamp) -> Result<Self> {
        guard(url)?;
        let document = fetch.document(url).await?;
        let listed = document.get("keys").and_then(Value::as_array);
        let documents: Vec<Value> = listed
            .into_iter()
            .flatten()
            .filter(|key| is_usable(key))
            .cloned()
            .collect();
        let set = serde_json::from_value(json!({ "keys": documents }))
            .map_err(|_| Error::Response("its key set is malformed".into()))?;
        Ok(Self {
            url: url.clone(),
            set,
            documents,
            at: now,
        })
    }

    /// No keys, for providers that sign nothing.
    pub fn none(url: &Url, now: Timestamp) -> Self {
        Self {
            url: url.clone(),
            set: CoreJsonWebKeySet::default(),
            documents: Vec::new(),
            at: now,
        }
    }
}

fn is_usable(key: &Value) -> bool {
    match key.get("kty").and_then(Value::as_str) {
        Some("RSA") => key.get("n").and_then(Value::as_str).is_some_and(is_long),
        Some("EC" | "OKP") => true,
        Some(_) | None => false,
    }
}

/// At least 2048 bits, leading zeros not counted.
fn is_long(modulus: &str) -> bool {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(modulus.trim_end_matches('='))
        .unwrap_or_default();
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.len() - zeros >= 256
}
