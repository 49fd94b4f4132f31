//! The keys that are in use: a new one every thirty days, published before it signs, and kept until nothing it
//! signed is good any more.

use std::{fs, path::Path};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{AssertionError, key::Key};

/// How long a key signs, in seconds.
const LIFE: i64 = 30 * 86_400;
/// How long a new key is published before it signs: upstreams keep the list for a while.
const NOTICE: i64 = 3_600;
/// How long an old key is published after its last signature.
const AFTER: i64 = 3_600;

/// The keys, oldest first; never none.
pub(super) struct Ring(Vec<Key>);

impl Ring {
    /// Reads the keys in `folder`, forgets old ones and makes a new one when it is time.
    pub(super) fn open(folder: &Path, now: Timestamp) -> Result<Ring, AssertionError> {
        let now = now.as_second();
        let mut made = made(folder)?;
        forget(folder, &mut made, now);
        let read = |made: &i64| Key::read(&folder.join(name(*made)), *made);
        let mut keys = made.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if made.last().is_none_or(|newest| now - newest >= LIFE) {
            keys.push(Key::make(&folder.join(name(now)), now)?);
        }
        Ok(Ring(keys))
    }

    /// The newest key that everybody has had time to hear of, or else the oldest.
    pub(super) fn signer(&self, now: i64) -> Option<&Key> {
        let known = self.0.iter().rev().find(|key| now - key.made >= NOTICE);
        known.or(self.0.first())
    }

    pub(super) fn published(&self) -> Value {
        let keys: Vec<Value> = self.0.iter().map(Key::published).collect();
        json!({ "keys": keys })
    }
}

fn name(made: i64) -> String {
    format!("assertion-{made}.pem")
}

/// When the keys in a folder were made, oldest first.
fn made(folder: &Path) -> Result<Vec<i64>, AssertionError> {
    let fail = |source| AssertionError::File {
        path: folder.to_owned(),
        source,
    };
    let mut made = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let name = entry.map_err(fail)?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix("assertion-")?.strip_suffix(".pem"));
        made.extend(number.and_then(|number| number.parse::<i64>().ok()));
    }
    made.sort_unstable();
    Ok(made)
}

/// Removes keys whose successor has signed alone for long enough.
fn forget(folder: &Path, made: &mut Vec<i64>, now: i64) {
    let successors: Vec<i64> = made.iter().skip(1).copied().collect();
    let over = successors
        .iter()
        .take_while(|successor| now - **successor >= NOTICE + AFTER)
        .count();
    for old in made.drain(..over) {
        if let Err(error) = fs::remove_file(folder.join(name(old))) {
            tracing::warn!(%error, "cannot remove an old key");
        }
    }
}
