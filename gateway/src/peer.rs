//! The other end of a connection, as the listener saw it; headers never change it.

use std::net::{IpAddr, SocketAddr};

/// Facts of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Where it comes from.
    pub address: SocketAddr,
    /// Whether it is encrypted.
    pub tls: bool,
}

impl Peer {
    /// The address in its one form: an IPv4 address mapped into IPv6 is the IPv4 address.
    pub fn ip(&self) -> IpAddr {
        self.address.ip().to_canonical()
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}
