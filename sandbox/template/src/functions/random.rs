//! Functions that draw from the system's randomness.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::family::{Entry, bounded};
use crate::value::Value;

const DIGITS: &[u8] = b"0123456789";
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(super) const FAMILY: &[Entry] = &[
    ("randAlpha", "i", |c| drawn(c.count(0), ALPHABET)),
    ("randNumeric", "i", |c| drawn(c.count(0), DIGITS)),
    ("randAlphaNum", "i", |c| {
        drawn(c.count(0), &[ALPHABET, DIGITS].concat())
    }),
    ("randAscii", "i", |c| {
        let printable: Vec<u8> = (b' '..=b'~').collect();
        drawn(c.count(0), &printable)
    }),
    ("randBytes", "i", |c| {
        Ok(STANDARD.encode(bytes(c.count(0))?).into())
    }),
    ("uuidv4", "", |_| {
        let mut raw = [0; 16];
        getrandom::fill(&mut raw).map_err(|error| error.to_string())?;
        Ok(uuid::Builder::from_random_bytes(raw)
            .into_uuid()
            .to_string()
            .into())
    }),
    ("shuffle", "s", |c| {
        let mut letters: Vec<char> = c.text(0).chars().collect();
        for at in (1..letters.len()).rev() {
            let other = usize::try_from(below(at as u64 + 1)?).unwrap_or(0);
            letters.swap(at, other);
        }
        Ok(letters.into_iter().collect::<String>().into())
    }),
];

pub(super) fn bytes(count: usize) -> Result<Vec<u8>, String> {
    bounded(count)?;
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// A number below a bound, each as likely as the others.
pub(super) fn below(bound: u64) -> Result<u64, String> {
    let fair = u64::MAX - u64::MAX % bound.max(1);
    loop {
        let number = getrandom::u64().map_err(|error| error.to_string())?;
        if number < fair {
            return Ok(number % bound.max(1));
        }
    }
}

fn drawn(count: usize, from: &[u8]) -> Result<Value, String> {
    bounded(count)?;
    let one = |_| {
        let at = usize::try_from(below(from.len() as u64)?).unwrap_or(0);
        Ok(from.get(at).copied().map_or(' ', char::from))
    };
    (0..count)
        .map(one)
        .collect::<Result<String, String>>()
        .map(Value::from)
}
