//! Details that can be erased without breaking the log.
//!
//! A record commits to its detail with `HMAC-SHA256(k, detail)` under a random key of its own.
//! The key lies beside the detail, so erasing the line erases both and leaves a commitment that
//! nobody can open, not even by guessing; the log itself stays whole.

use hmac::{Hmac, Mac as _};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use sha2::{Digest as _, Sha256};

use crate::{RecordId, Unwritable, canonical, frame, hex};

/// Larger details are replaced by their size and hash; a replay reports them as not available.
const LIMIT: usize = 1 << 20;

/// A detail ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct Detail {
    /// Its frame in the side file.
    pub(crate) frame: Vec<u8>,
    /// What the record says about it.
    pub(crate) commitment: String,
}

impl Detail {
    pub(crate) fn new(id: &RecordId, value: &Value) -> Result<Self, Unwritable> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| Unwritable::random(&error))?;
        let mut text = canonical::text(value);
        if text.len() > LIMIT {
            let hash = hex::encode(&Sha256::digest(&text));
            text = format!(
                "{{\"bytes\":{},\"cut\":true,\"sha256\":\"{hash}\"}}",
                text.len()
            );
        }
        let key_text = hex::encode(&key);
        let line = format!("{{\"detail\":{text},\"id\":\"{id}\",\"k\":\"{key_text}\"}}");
        let mut frame = Vec::with_capacity(line.len() + frame::PREFIX + 1);
        frame::push(&line, &mut frame);
        Ok(Self {
            frame,
            commitment: hex::encode(&commit(&key, text.as_bytes())),
        })
    }
}

/// A line of the side file.
#[derive(Debug, Deserialize)]
pub(crate) struct Stored<'a> {
    pub(crate) id: &'a str,
    k: &'a str,
    #[serde(borrow)]
    detail: &'a RawValue,
}

impl<'a> Stored<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// The detail, if it is what the record commits to.
    pub(crate) fn open(&self, commitment: &str) -> Option<Value> {
        let key = hex::decode(self.k)?;
        let expected = hex::decode(commitment)?;
        let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&key).ok()?;
        mac.update(self.detail.get().as_bytes());
        mac.verify_slice(&expected).ok()?;
        serde_json::from_str(self.detail.get()).ok()
    }
}

/// HMAC-SHA256; a key of any length is accepted.
pub(crate) fn commit(key: &[u8], text: &[u8]) -> Vec<u8> {
    <Hmac<Sha256> as hmac::Mac>::new_from_slice(key)
        .map(|mac| mac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(detail: &Detail) -> &[u8] {
        let (frame::Item::Record(body, _), _) = frame::next(&detail.frame) else {
            unreachable!()
        };
        body
    }

    #[test]
    fn a_detail_opens_with_its_own_commitment_only() {
        let id = RecordId::new(0).unwrap();
        let value = json!({"b": "x\ny", "a": [1, {"z": null}]});
        let (one, two) = (
            Detail::new(&id, &value).unwrap(),
            Detail::new(&id, &value).unwrap(),
        );
        assert_ne!(
            one.commitment, two.commitment,
            "equal details do not look equal"
        );
        let stored = Stored::parse(body(&one)).unwrap();
        assert_eq!(stored.id, id.as_str());
        assert_eq!(stored.open(&one.commitment), Some(value));
        assert_eq!(stored.open(&two.commitment), None);
        assert_eq!(stored.open("00"), None);
    }

    #[test]
    fn a_huge_detail_is_named_by_its_hash() {
        let detail = Detail::new(&RecordId::new(0).unwrap(), &json!("x".repeat(LIMIT))).unwrap();
        let value = Stored::parse(body(&detail))
            .unwrap()
            .open(&detail.commitment)
            .unwrap();
        assert_eq!(value.get("bytes"), Some(&json!(LIMIT + 2)));
    }
}
