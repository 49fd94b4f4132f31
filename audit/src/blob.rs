//! Texts that many records cite: policy sets, schemas, entity slices. Kept once, by hash.

use sha2::{Digest, Sha256};

use crate::hex;

/// A text and its SHA-256; the two cannot disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    hash: String,
    text: Box<str>,
}

impl Blob {
    /// Hashes `text`.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self {
            hash: hex::encode(&Sha256::digest(text.as_bytes())),
            text,
        }
    }

    /// SHA-256 of the text in lower case hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}
