//! Things kept for a few minutes under an id that only one browser knows; each is taken once.
//!
//! Strangers fill this, so it is bounded twice: for each network, whose own oldest entry makes room, and as a whole,
//! where the region of networks that has the most makes room. Whoever has many networks, as every customer with IPv6
//! does, can therefore not push out what others began.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use lru::LruCache;
use sha2::{Digest, Sha256};

use crate::authn::{SessionId, network};

const ENTRIES: NonZeroUsize = NonZeroUsize::new(8192).unwrap();
const OF_NETWORK: usize = 256;

/// The id of an entry, as it stands in an address.
pub type Id = String;

/// Entries by the hash of their id.
pub struct Pool<T> {
    lives: Duration,
    entries: Mutex<LruCache<String, Entry<T>>>,
}

struct Entry<T> {
    value: T,
    network: IpAddr,
    until: Timestamp,
}

impl<T: Clone> Pool<T> {
    /// A pool whose entries live so long.
    pub fn new(lives: Duration) -> Pool<T> {
        Pool {
            lives,
            entries: Mutex::new(LruCache::new(ENTRIES)),
        }
    }

    /// Keeps `value` for the browser at `address`; nothing when the system has no randomness.
    pub fn put(&self, value: T, address: IpAddr, now: Timestamp) -> Option<Id> {
        let id = SessionId::random()?.into_text();
        self.put_at(&id, value, address, now)?;
        Some(id)
    }

    /// Keeps `value` under an id that somebody else drew, which must be as hard to guess.
    pub fn put_at(&self, id: &str, value: T, address: IpAddr, now: Timestamp) -> Option<()> {
        let network = network(address);
        let until = now.checked_add(self.lives).ok()?;
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = {
            let mut own = entries
                .iter()
                .rev()
                .filter(|(_, entry)| entry.network == network);
            let oldest = own.next().map(|(key, _)| key.clone());
            oldest.filter(|_| own.count() + 1 >= OF_NETWORK)
        };
        let full = entries.len() >= ENTRIES.get();
        if let Some(oldest) = oldest.or_else(|| crowd(&entries).filter(|_| full)) {
            entries.pop(&oldest);
        }
        let entry = Entry {
            value,
            network,
            until,
        };
        entries.put(hash(id), entry);
        Some(())
    }

    /// What is kept under `id`, and stays there.
    pub fn peek(&self, id: &str, now: Timestamp) -> Option<T> {
        let key = hash(id);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.peek_mut(&key).filter(|entry| now < entry.until)?;
        Some(entry.value.clone())
    }

    /// Takes what is kept under `id`.
    pub fn take(&self, id: &str, now: Timestamp) -> Option<T> {
        let key = hash(id);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.pop(&key).filter(|entry| now < entry.until)?;
        Some(entry.value)
    }

    /// Changes what is kept under `id`.
    pub fn set(&self, id: &str, value: T) {
        let key = hash(id);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.peek_mut(&key) {
            entry.value = value;
        }
    }
}

fn hash(id: &str) -> String {
    format!("{:x}", Sha256::digest(id))
}

/// The oldest entry of the region that has the most.
fn crowd<T>(entries: &LruCache<String, Entry<T>>) -> Option<String> {
    let mut regions: HashMap<IpAddr, usize> = HashMap::new();
    for (_, entry) in entries {
        *regions.entry(region(entry.network)).or_default() += 1;
    }
    let (most, _) = regions.into_iter().max_by_key(|(_, number)| *number)?;
    let mut oldest = entries.iter().rev();
    let oldest = oldest.find(|(_, entry)| region(entry.network) == most);
    oldest.map(|(key, _)| key.clone())
}

/// What one customer may have of a network's neighbours: an IPv4 /24, or an IPv6 /48.
fn region(network: IpAddr) -> IpAddr {
    match network {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
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

    #[test]
    fn entries_are_taken_once_and_not_late() {
        let pool = Pool::new(Duration::from_secs(60));
        let id = pool.put(7, address("10.0.0.1"), at(0)).unwrap();
        assert_eq!(pool.peek(&id, at(59)), Some(7));
        assert_eq!(pool.take(&id, at(59)), Some(7));
        assert_eq!(pool.take(&id, at(59)), None);
        let late = pool.put(8, address("10.0.0.1"), at(0)).unwrap();
        assert_eq!(pool.peek(&late, at(60)), None);
        assert_eq!(pool.take(&late, at(60)), None);
        for bad in ["", "x", &late[1..], &format!("{late}A")] {
            assert_eq!(pool.take(bad, at(1)), None, "{bad}");
        }
    }

    #[test]
    fn a_network_pushes_out_only_its_own() {
        let pool = Pool::new(Duration::from_secs(60));
        let other = pool.put(0, address("10.0.0.1"), at(0)).unwrap();
        let ids: Vec<Id> = (0..OF_NETWORK + 1)
            .map(|n| pool.put(n, address("2001:db8::1"), at(0)).unwrap())
            .collect();
        assert!(pool.peek(&other, at(1)).is_some());
        assert!(pool.peek(&ids[0], at(1)).is_none());
        assert!(pool.peek(&ids[1], at(1)).is_some());
        assert!(pool.peek(&ids[OF_NETWORK], at(1)).is_some());
    }

    /// A home with IPv6 has hundreds of networks.
    #[test]
    fn many_networks_of_one_customer_push_out_only_their_own() {
        let pool = Pool::new(Duration::from_secs(60));
        let others = ["10.0.0.1", "2001:db8:7::1"];
        let others = others.map(|other| pool.put(0, address(other), at(0)).unwrap());
        let first = pool.put(0, address("2001:db8:8::1"), at(0)).unwrap();
        for n in 0..2 * ENTRIES.get() {
            let network = address(&format!("2001:db8:8:{:x}::1", n % 256));
            pool.put(n, network, at(0)).unwrap();
        }
        assert!(others.iter().all(|id| pool.peek(id, at(1)).is_some()));
        assert!(pool.peek(&first, at(1)).is_none());
    }
}
