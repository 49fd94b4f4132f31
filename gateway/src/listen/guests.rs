//! How many connections each address has open, so that one client cannot take every place.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Connections one address may have; an office behind one address has enough.
const EACH: usize = 1024;

/// Open connections by address.
#[derive(Default)]
pub(super) struct Guests(Mutex<HashMap<IpAddr, usize>>);

/// The place of one connection; given back when dropped.
pub(super) struct Guest {
    guests: Arc<Guests>,
    address: IpAddr,
}

impl Guests {
    /// A place for a connection from `address`, if it has any left. This machine itself has no limit: a proxy
    /// in front of us brings everybody.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let address = network(address);
        let mut counts = self.counts();
        let count = counts.entry(address).or_default();
        if *count >= EACH && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Guest {
            guests: Arc::clone(self),
            address,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut counts = self.guests.counts();
        if let Some(count) = counts.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// What counts as one client: an IPv4 address, or the network of an IPv6 address, which one client has whole.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let guests = Arc::new(Guests::default());
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        for (one, same, other) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"),
        ] {
            let mut held: Vec<_> = (0..EACH)
                .map_while(|_| guests.enter(address(one)))
                .collect();
            assert_eq!(held.len(), EACH);
            assert!(guests.enter(address(same)).is_none());
            assert!(guests.enter(address(other)).is_some());
            held.pop();
            assert!(guests.enter(address(same)).is_some());
        }
        let here: Vec<_> = (0..=EACH)
            .map_while(|_| guests.enter(address("127.0.0.1")))
            .collect();
        assert_eq!(here.len(), EACH + 1);
        drop(here);
        assert!(guests.counts().is_empty());
    }
}
