//! One key of those that sign: an EC key on P-256, kept as PKCS#8 that only the owner reads.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::AssertionError;

/// A key and since when it is there.
pub(super) struct Key {
    /// RFC 7638: the hash of the public key.
    pub(super) id: String,
    /// Unix seconds.
    pub(super) made: i64,
    pub(super) secret: EncodingKey,
    public: Value,
}

impl Key {
    /// Reads a key made at `made`.
    pub(super) fn read(path: &Path, made: i64) -> Result<Key, AssertionError> {
        let text = fs::read_to_string(path).map_err(|source| file(path, source))?;
        let broken = |source| AssertionError::Key {
            path: path.to_owned(),
            source,
        };
        let pair = KeyPair::from_pem_and_sign_algo(&text, &PKCS_ECDSA_P256_SHA256);
        let pair = pair.map_err(broken)?;
        Key::of(&pair, made).ok_or_else(|| broken(rcgen::Error::UnsupportedSignatureAlgorithm))
    }

    /// Makes one and keeps it, whole or not at all.
    pub(super) fn make(path: &Path, made: i64) -> Result<Key, AssertionError> {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(AssertionError::Make)?;
        let new = path.with_extension("new");
        write(&new, &pair.serialize_pem()).map_err(|source| file(&new, source))?;
        fs::rename(&new, path).map_err(|source| file(path, source))?;
        Key::of(&pair, made).ok_or(AssertionError::Make(
            rcgen::Error::UnsupportedSignatureAlgorithm,
        ))
    }

    /// What is published of it.
    pub(super) fn published(&self) -> Value {
        self.public.clone()
    }

    fn of(pair: &KeyPair, made: i64) -> Option<Key> {
        // An uncompressed point: 4, and two numbers of 32 bytes.
        let (&4, point) = pair.der_bytes().split_first()? else {
            return None;
        };
        let (x, y) = point.split_at_checked(32)?;
        let [x, y] = [x, y].map(|number| BASE64_URL_SAFE_NO_PAD.encode(number));
        let thumb = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let id = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(thumb));
        let public = json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": id, "use": "sig", "alg": "ES256",
        });
        let secret = EncodingKey::from_ec_der(&pair.serialize_der());
        Some(Key {
            id,
            made,
            secret,
            public,
        })
    }
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn file(path: &Path, source: std::io::Error) -> AssertionError {
    AssertionError::File {
        path: path.to_owned(),
        source,
    }
}
