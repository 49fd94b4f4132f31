//! What both halves of the gateway share while the server runs.

use std::{net::SocketAddr, sync::Arc};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use policy::Gate;
use sandbox::Sandbox;
use secrets::{Seal, Secrets};
use tokio::sync::{Semaphore, watch};

use crate::{
    Config, Home, Store,
    assertion::Assertions,
    authn::{Authn, Certificates},
    catalog::Catalog,
    signin::{Providers, SignIns},
};

/// Everything a request or an admin operation needs.
pub struct State {
    /// The choke point.
    pub gate: Arc<Gate>,
    /// Runs apps.
    pub sandbox: Arc<Sandbox>,
    /// Knows secret references.
    pub secrets: Arc<Secrets>,
    /// Users, sessions, apps.
    pub store: Store,
    /// Names callers; tell it (`forget_user`) when an account or its sessions change.
    pub authn: Authn,
    /// Sign-ins on their way.
    pub(crate) sign_ins: SignIns,
    /// Where people may sign in.
    pub(crate) providers: Providers,
    /// Who is known by a certificate.
    pub(crate) certificates: Certificates,
    /// Tells upstreams who asks.
    pub(crate) assertions: Assertions,
    /// Keeps what providers gave, sealed.
    pub(crate) seal: Seal,
    /// What is served where; load it once per request.
    pub catalog: ArcSwap<Catalog>,
    /// The effective configuration.
    pub config: Arc<Config>,
    /// Where everything is kept.
    pub home: Home,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// Where the public listeners ended up, filled when they are bound.
    pub addresses: ArcSwap<Addresses>,
    /// Becomes true once, when the server is to stop.
    pub stopping: watch::Sender<bool>,
    /// Apps that follow their folder, and who waits to hear of a reload.
    pub(crate) dev: crate::dev::Desk,
    /// One change of the installed apps at a time.
    pub(crate) changes: Semaphore,
    /// When the server started.
    pub(crate) started: Timestamp,
    /// Who started the server; administers it through the socket.
    pub(crate) owner: u32,
}

/// The addresses the server listens on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Plain HTTP.
    pub http: Option<SocketAddr>,
    /// HTTPS.
    pub https: Option<SocketAddr>,
}

impl Addresses {
    /// As URLs.
    pub fn urls(&self) -> Vec<String> {
        let listeners = [("http", self.http), ("https", self.https)];
        listeners
            .into_iter()
            .filter_map(|(scheme, at)| at.map(|at| format!("{scheme}://{at}")))
            .collect()
    }
}

impl State {
    /// Resolves when the server is to stop.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.subscribe();
        // An error means that the sender is gone, which is a stop as well.
        let _ = stopping.wait_for(|stop| *stop).await;
    }

    /// Asks the server to stop.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }
}
