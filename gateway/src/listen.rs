//! The public listeners: accept connections and hand each request, with the facts of its peer, to the front.
//!
//! Everything a stranger can hold is bounded: connections, header bytes, the time for a handshake and for
//! headers. Nothing here reads a request; it only says where one came from.

mod connection;
mod guests;
mod patience;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use hyper_util::server::graceful::GracefulShutdown;
use rustls::ServerConfig;
use thiserror::Error;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::{JoinSet, spawn_blocking},
    time,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    dispatch::Dispatch,
    front::Front,
    state::{Addresses, State},
    tls::{self, TlsError},
};
use connection::Server;
use guests::Guests;

/// Connections served at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 4096;
/// How long requests may still run after a stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long to wait when the system has no descriptors left.
const BREATH: Duration = Duration::from_millis(100);

/// Why the server cannot listen.
#[derive(Debug, Error)]
pub enum ListenError {
    /// The address is taken or not ours.
    #[error("cannot listen on `{address}`; choose another port or stop what uses it")]
    Bind {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The TLS listener has no certificate.
    #[error("cannot offer HTTPS")]
    Tls(#[from] TlsError),
    /// The certificate could not be prepared.
    #[error("the server is stopping")]
    Stopping,
}

/// What new connections are encrypted with.
type Encryption = Arc<ArcSwap<ServerConfig>>;

/// Serves until `shutdown` turns true, then lets running requests end; calls `ready` once, when every
/// listener is bound.
pub async fn serve(
    state: Arc<State>,
    shutdown: watch::Receiver<bool>,
    ready: impl FnOnce(&Addresses),
) -> Result<(), ListenError> {
    let config = Arc::clone(&state.config);
    let plain = if config.http.enabled {
        Some(bind(&config.http.host, config.http.port).await?)
    } else {
        None
    };
    let encrypted = if config.https.enabled {
        let bound = bind(&config.https.host, config.https.port).await?;
        Some((bound, encryption(&state).await?))
    } else {
        None
    };
    let addresses = Addresses {
        http: plain.as_ref().map(|(_, address)| *address),
        https: encrypted.as_ref().map(|((_, address), _)| *address),
    };
    state.addresses.store(Arc::new(addresses.clone()));
    ready(&addresses);
    let now = state.now;
    let front = Front::new(Arc::clone(&state), Dispatch::new(state));
    let server = Arc::new(Server::new(front, now));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let guests = Arc::new(Guests::default());
    let mut loops = JoinSet::new();
    if let Some((listener, _)) = plain {
        loops.spawn(accept(
            listener,
            None,
            Arc::clone(&server),
            (Arc::clone(&places), Arc::clone(&guests)),
            shutdown.clone(),
        ));
    }
    if let Some(((listener, _), encryption)) = encrypted {
        let bounds = (places, guests);
        loops.spawn(accept(listener, Some(encryption), server, bounds, shutdown));
    }
    while loops.join_next().await.is_some() {}
    Ok(())
}

async fn bind(host: &str, port: u16) -> Result<(TcpListener, SocketAddr), ListenError> {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let fail = |source| ListenError::Bind {
        address: format!("{host}:{port}"),
        source,
    };
    let listener = TcpListener::bind((name, port)).await.map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    Ok((listener, address))
}

/// How new connections are encrypted; made anew when the authorities of clients change.
async fn encryption(state: &Arc<State>) -> Result<Encryption, ListenError> {
    let changes = state.certificates.changes();
    let encryption = Arc::new(ArcSwap::new(server_config(state).await?));
    tokio::spawn(renew(Arc::clone(state), Arc::clone(&encryption), changes));
    Ok(encryption)
}

async fn server_config(state: &Arc<State>) -> Result<Arc<ServerConfig>, ListenError> {
    let state = Arc::clone(state);
    let made = spawn_blocking(move || {
        let (config, certificates) = (&state.config, &state.certificates);
        tls::server_config(&state.home, config, certificates, (state.now)())
    });
    Ok(made.await.map_err(|_| ListenError::Stopping)??)
}

async fn renew(state: Arc<State>, encryption: Encryption, mut changes: watch::Receiver<u64>) {
    loop {
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = state.stopped() => return,
        }
        match server_config(&state).await {
            Ok(config) => encryption.store(config),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "new connections are encrypted as before");
            }
        }
    }
}

/// Accepts until the shutdown, then waits for the connections of this listener.
async fn accept(
    listener: TcpListener,
    encryption: Option<Encryption>,
    server: Arc<Server>,
    (places, guests): (Arc<Semaphore>, Arc<Guests>),
    mut shutdown: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    loop {
        let next = tokio::select! {
            next = next(&listener, &places) => next,
            // An error means that nobody can stop us any more, which is a stop as well.
            _ = shutdown.wait_for(|stop| *stop) => break,
        };
        match next {
            Some((stream, address, place)) => {
                let Some(guest) = guests.enter(address.ip()) else {
                    tracing::debug!(%address, "an address has too many connections");
                    continue;
                };
                let (server, watcher) = (Arc::clone(&server), graceful.watcher());
                let tls = encryption
                    .as_ref()
                    .map(|config| TlsAcceptor::from(config.load_full()));
                tokio::spawn(async move {
                    server.serve(stream, address, tls, watcher).await;
                    drop((place, guest));
                });
            }
            None => time::sleep(BREATH).await,
        }
    }
    drop(listener);
    if time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still running when the server stopped");
    }
}

/// The next connection, once there is a place for it.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, place)),
        Err(error) => {
            tracing::warn!(%error, "cannot accept a connection");
            None
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
