//! Data at rest that only this server may read: AES-256-GCM under a key in a file of its own.
//!
//! What a sealed text is for is bound to it, so that one cannot stand in for another.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
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
pub struct Seal(RandomizedNonceKey);

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
        RandomizedNonceKey::new(&AES_256_GCM, &key)
            .map(Seal)
            .map_err(|_| SealError::Key(path.to_owned()))
    }

    /// Seals `plain` for `purpose`.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut body = plain.to_vec();
        let nonce = self
            .0
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
            .0
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
    fn a_damaged_key_is_an_error_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, b"short").unwrap();
        assert!(matches!(Seal::open(&path), Err(SealError::Key(_))));
        assert_eq!(fs::read(&path).unwrap(), b"short");
    }
}
