//! Counts sign-in attempts, so that guessing passwords is slow: per name and address, per address, per name.
//!
//! An attempt counts before its password is checked and is taken back when it was right, so parallel
//! guesses do not slip through. The tables are bounded; an address is one IPv4 address or one IPv6 /64.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use lru::LruCache;
use sha2::{Digest, Sha256};

const WINDOW_S: i64 = 60;
const ENTRIES: NonZeroUsize = NonZeroUsize::new(8192).unwrap();
/// Many people may share an address, and strangers must not lock a person out easily.
const ADDRESS_FACTOR: u64 = 4;
const NAME_FACTOR: u64 = 10;

type Key = [u8; 32];

/// The attempts of the last minute.
pub struct Throttle {
    attempts: u64,
    counts: Mutex<LruCache<Key, Count>>,
}

#[derive(Clone, Copy)]
struct Count {
    number: u64,
    since_s: i64,
}

/// Seconds until the next attempt makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany(pub u64);

/// An attempt that has been counted; tell it when the password was right.
#[must_use = "a right password has to be taken back"]
pub struct Attempt {
    keys: [Key; 3],
}

impl Throttle {
    /// Allows this many attempts a minute for one name from one address.
    pub fn new(attempts: u64) -> Throttle {
        Throttle {
            attempts,
            counts: Mutex::new(LruCache::new(ENTRIES)),
        }
    }

    /// Counts an attempt, or answers how long to wait.
    pub fn begin(&self, name: &str, address: IpAddr, now: Timestamp) -> Result<Attempt, TooMany> {
        let attempt = Attempt {
            keys: keys(name, address),
        };
        let now_s = now.as_second();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let limits =
            [1, ADDRESS_FACTOR, NAME_FACTOR].map(|factor| self.attempts.saturating_mul(factor));
        for (key, limit) in attempt.keys.iter().zip(limits) {
            if let Some(count) = counts
                .get(key)
                .filter(|count| count.is_current(now_s) && count.number >= limit)
            {
                return Err(TooMany(
                    u64::try_from(count.since_s + WINDOW_S - now_s)
                        .unwrap_or(1)
                        .max(1),
                ));
            }
        }
        for key in attempt.keys {
            let before = counts
                .get(&key)
                .copied()
                .filter(|count| count.is_current(now_s));
            let before = before.unwrap_or(Count {
                number: 0,
                since_s: now_s,
            });
            counts.put(
                key,
                Count {
                    number: before.number + 1,
                    ..before
                },
            );
        }
        Ok(attempt)
    }

    /// Takes back an attempt whose password was right; earlier wrong ones of this name and address are forgiven.
    pub fn forgive(&self, attempt: Attempt) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let [pair, address, name] = attempt.keys;
        counts.pop(&pair);
        for key in [address, name] {
            if let Some(count) = counts.get_mut(&key) {
                count.number = count.number.saturating_sub(1);
            }
        }
    }
}

impl Count {
    fn is_current(&self, now_s: i64) -> bool {
        (self.since_s..self.since_s + WINDOW_S).contains(&now_s)
    }
}

fn keys(name: &str, address: IpAddr) -> [Key; 3] {
    let name = name.trim().to_lowercase();
    let address = network(address).to_string();
    [
        key(&[&name, &address]),
        key(&["address", &address, ""]),
        key(&["name", &name, "", ""]),
    ]
}

/// Parts are length-prefixed, so no two lists of parts share a key.
fn key(parts: &[&str]) -> Key {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().into()
}

/// The network an address stands for: itself, or the /64 around it.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn attempts(throttle: &Throttle, name: &str, from: &str, second: i64) -> usize {
        (0..200)
            .take_while(|_| throttle.begin(name, address(from), at(second)).is_ok())
            .count()
    }

    #[test]
    fn a_name_from_an_address_has_its_limit() {
        let throttle = Throttle::new(3);
        assert_eq!(attempts(&throttle, "alice", "10.0.0.1", 0), 3);
        assert_eq!(attempts(&throttle, " ALICE ", "10.0.0.1", 1), 0);
        assert_eq!(attempts(&throttle, "alice", "::ffff:10.0.0.1", 1), 0);
        assert_eq!(
            throttle.begin("alice", address("10.0.0.1"), at(20)).err(),
            Some(TooMany(40))
        );
        assert_eq!(attempts(&throttle, "bob", "10.0.0.1", 1), 3);
        assert_eq!(attempts(&throttle, "alice", "10.0.0.2", 1), 3);
        assert_eq!(attempts(&throttle, "alice", "10.0.0.1", 60), 3);
    }

    #[test]
    fn an_address_has_its_limit() {
        let throttle = Throttle::new(2);
        let names: usize = (0..100)
            .map(|n| attempts(&throttle, &format!("user{n}"), "2001:db8::1", 0))
            .sum();
        assert_eq!(names, 8);
        assert_eq!(attempts(&throttle, "fresh", "2001:db8::ffff", 0), 0);
        assert_eq!(attempts(&throttle, "fresh", "2001:db8:0:1::1", 0), 2);
    }

    #[test]
    fn a_name_has_its_limit_from_everywhere() {
        let throttle = Throttle::new(2);
        let all: usize = (0..100)
            .map(|n| attempts(&throttle, "alice", &format!("10.0.1.{n}"), 0))
            .sum();
        assert_eq!(all, 20);
    }

    #[test]
    fn a_right_password_forgives() {
        let throttle = Throttle::new(2);
        for second in 0..50 {
            let attempt = throttle
                .begin("alice", address("10.0.0.1"), at(second))
                .ok()
                .unwrap();
            throttle.forgive(attempt);
        }
        assert_eq!(attempts(&throttle, "alice", "10.0.0.1", 50), 2);
    }
}
