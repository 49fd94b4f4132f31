//! The other end of a connection, as the listener saw it; headers never change it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use jiff::Timestamp;
use rustls::ServerConnection;

use crate::{authn::Presented, route::canonical_host};

/// Facts of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where it comes from.
    pub address: SocketAddr,
    /// Whether it is encrypted.
    pub tls: bool,
    /// What was said in the handshake, if there was one.
    pub handshake: Option<Arc<Handshake>>,
}

/// What a client said in its TLS handshake.
#[derive(Debug)]
pub struct Handshake {
    /// The host it wants to reach (SNI).
    name: Option<String>,
    /// The certificate it shows and has the key of.
    pub shown: Option<Presented>,
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

impl Handshake {
    /// What was said in one that has ended at `now`.
    pub fn of(connection: &ServerConnection, now: Timestamp) -> Handshake {
        let shown = connection.peer_certificates().unwrap_or_default();
        Handshake {
            name: connection.server_name().map(str::to_owned),
            shown: Presented::new(shown, now),
        }
    }

    /// Whether the client wanted to reach another host than the one its request names.
    pub fn was_for_another(&self, host: &str) -> bool {
        let name = self.name.as_deref();
        name.is_some_and(|name| canonical_host(name).map_or(true, |name| name.as_str() != host))
    }
}
