//! Data at rest that only this server may read: AES-256-GCM under a key in a file of its own.
//!
//! What a sealed text is for is bound to it, so that one cannot stand in for another.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use thiserror::Error;

const KEY: usize = 32;
/// The first byte of what is sealed: format and key.
const VERSION: u8 = 1;

/// Why something cannot be sealed or read.
#[derive(Debug, Error)]
pub enum SealError {
    /// The key file cannot be read or made.
    #[error("cannot use the key file `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The key file is not one.
    #[error("`{}` is not a key of 32 bytes; restore it from a backup, or remove it and let people sign in again", .0.display())]
    Key(PathBuf),
    /// The data was sealed with another key, for another purpose, or is damaged.
    #[error("sealed data cannot be read")]
    Broken,
}

/// Seals and opens.
pub struct Seal {
    sealing: RandomizedNonceKey,
    hashing: hmac::Key,
}

/// Makes keyed hashes for one purpose: texts compare, and only this server can tell which text a hash is of.
pub struct Hasher(hmac::Key);

impl Hasher {
    /// The hash of `text`, in hex.
    pub fn hash(&self, text: &str) -> String {
        let tag = hmac::sign(&self.0, text.as_bytes());
        let bytes = tag.as_ref().iter();
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Seal {
    /// Reads the key at `path`, or makes one that only the owner can read. Blocks.
    pub fn open(path: &Path) -> Result<Seal, SealError> {
        let fail = |source| SealError::File {
            path: path.to_owned(),
            source,
        };
        let key = match fs::read(path) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(fail)?,
            Err(error) => return Err(fail(error)),
        };
        if key.len() != KEY {
            return Err(SealError::Key(path.to_owned()));
        }
        let sealing = RandomizedNonceKey::new(&AES_256_GCM, &key);
        Ok(Seal {
            sealing: sealing.map_err(|_| SealError::Key(path.to_owned()))?,
            hashing: hmac::Key::new(hmac::HMAC_SHA256, &key),
        })
    }

    /// Keyed hashes for `purpose`.
    pub fn hasher(&self, purpose: &str) -> Hasher {
        let key = hmac::sign(&self.hashing, format!("hashes {purpose}").as_bytes());
        Hasher(hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()))
    }

    /// Seals `plain` for `purpose`.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut body = plain.to_vec();
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut body)
            .map_err(|_| SealError::Broken)?;
        let head = std::iter::once(&VERSION).chain(nonce.as_ref());
        Ok(head.chain(&body).copied().collect())
    }

    /// What was sealed for `purpose`.
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let body = sealed.strip_prefix(&[VERSION]).ok_or(SealError::Broken)?;
        let (nonce, body) = body
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(SealError::Broken)?;
        let mut body = body.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self
            .sealing
            .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body)
            .map_err(|_| SealError::Broken)?;
        Ok(plain.to_vec())
    }
}

fn make(path: &Path) -> io::Result<Vec<u8>> {
    let mut key = vec![0; KEY];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_read_only_for_its_purpose_and_with_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let seal = Seal::open(&dir.path().join("a")).unwrap();
        let sealed = seal.seal("tokens 1", b"refresh").unwrap();
        assert_eq!(seal.unseal("tokens 1", &sealed).unwrap(), b"refresh");
        assert!(!sealed.windows(7).any(|part| part == b"refresh"));
        assert!(seal.unseal("tokens 2", &sealed).is_err());
        let again = Seal::open(&dir.path().join("a")).unwrap();
        assert_eq!(again.unseal("tokens 1", &sealed).unwrap(), b"refresh");
        let other = Seal::open(&dir.path().join("b")).unwrap();
        assert!(other.unseal("tokens 1", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(seal.unseal("tokens 1", &damaged).is_err(), "{at}");
        }
        assert!(seal.unseal("tokens 1", &[]).is_err());
    }

    #[test]
    fn hashes_differ_by_key_and_purpose() {
        let dir = tempfile::tempdir().unwrap();
        let seal = |name: &str| Seal::open(&dir.path().join(name)).unwrap();
        let hash = seal("a").hasher("names").hash("ana");
        assert_eq!(hash.len(), 64);
        assert_eq!(seal("a").hasher("names").hash("ana"), hash);
        for other in [
            seal("a").hasher("names").hash("anb"),
            seal("a").hasher("other").hash("ana"),
            seal("b").hasher("names").hash("ana"),
        ] {
            assert_ne!(other, hash);
        }
    }

    #[test]
    fn a_damaged_key_is_an_error_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, b"short").unwrap();
        assert!(matches!(Seal::open(&path), Err(SealError::Key(_))));
        assert_eq!(fs::read(&path).unwrap(), b"short");
    }
}
