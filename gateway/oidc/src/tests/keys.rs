//! Keys of the provider in the tests, and tokens that no honest provider would sign.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::Value;

/// A key with a name.
pub struct Key {
    pub kid: String,
    pub algorithm: Algorithm,
    pub secret: EncodingKey,
}

impl Key {
    /// The same RSA key each time, as making one takes long.
    pub fn rsa(kid: &str) -> Self {
        static SHARED: OnceLock<Vec<u8>> = OnceLock::new();
        Self::of(kid, SHARED.get_or_init(|| make(KeySize::Rsa2048)))
    }

    /// An RSA key of its own.
    pub fn other_rsa(kid: &str) -> Self {
        static SHARED: OnceLock<Vec<u8>> = OnceLock::new();
        Self::of(kid, SHARED.get_or_init(|| make(KeySize::Rsa2048)))
    }

    fn of(kid: &str, pem: &[u8]) -> Self {
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::RS256,
            secret: EncodingKey::from_rsa_pem(pem).unwrap(),
        }
    }

    pub fn ec(kid: &str) -> Self {
        let der =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .unwrap();
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::ES256,
            secret: EncodingKey::from_ec_der(der.as_ref()),
        }
    }

    pub fn ed(kid: &str) -> Self {
        let der = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::EdDSA,
            secret: EncodingKey::from_ed_der(der.as_ref()),
        }
    }

    /// As the provider publishes it.
    pub fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.secret, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        serde_json::to_value(jwk).unwrap()
    }

    pub fn header(&self) -> Header {
        Header {
            kid: Some(self.kid.clone()),
            ..Header::new(self.algorithm)
        }
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&self.header(), claims)
    }

    pub fn sign_with(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.secret).unwrap()
    }
}

/// A token with any header and any signature.
pub fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

fn make(size: KeySize) -> Vec<u8> {
    let pair = KeyPair::generate(size).unwrap();
    let der = pair.as_der().unwrap();
    let lines: Vec<String> = BASE64_STANDARD
        .encode(der.as_ref())
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        lines.join("\n")
    )
    .into_bytes()
}
