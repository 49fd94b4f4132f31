//! One connection: handshake, protocol limits, requests to the front.
//!
//! The protocol is settled by ALPN and never guessed from the first bytes, for which no time limit exists:
//! HTTP/2 needs TLS, plain connections speak HTTP/1.

use std::{
    convert::Infallible,
    future::pending,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http_body_util::BodyExt;
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::Watcher},
};
use jiff::Timestamp;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time,
};
use tokio_rustls::TlsAcceptor;

use super::patience::Patient;
use crate::{
    dispatch::Dispatch,
    front::Front,
    peer::{Handshake, Peer},
};

const HANDSHAKE: Duration = Duration::from_secs(10);
const HEADERS: Duration = Duration::from_secs(10);
const HEADER_BYTES: usize = 64 * 1024;
const HEADER_LIST: u32 = 64 * 1024;
const STREAMS: u32 = 128;
const PING: Duration = Duration::from_secs(20);
/// How long a client may take nothing of what it asked for.
const TAKING: Duration = Duration::from_secs(60);

/// What every connection is served with.
pub(super) struct Server {
    front: Front<Dispatch>,
    now: fn() -> Timestamp,
    http1: auto::Builder<TokioExecutor>,
    http2: auto::Builder<TokioExecutor>,
}

impl Server {
    pub(super) fn new(front: Front<Dispatch>, now: fn() -> Timestamp) -> Server {
        let mut http1 = auto::Builder::new(TokioExecutor::new()).http1_only();
        http1
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(HEADER_BYTES);
        let mut http2 = auto::Builder::new(TokioExecutor::new()).http2_only();
        http2
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(HEADER_LIST)
            .max_concurrent_streams(STREAMS)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING);
        Server {
            front,
            now,
            http1,
            http2,
        }
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        watcher: Watcher,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        match tls {
            None => {
                let peer = Peer {
                    address,
                    tls: false,
                    handshake: None,
                };
                self.requests(&self.http1, stream, peer, watcher).await
            }
            Some(tls) => match time::timeout(HANDSHAKE, tls.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let session = stream.get_ref().1;
                    let http = match session.alpn_protocol() {
                        Some(b"h2") => &self.http2,
                        Some(_) | None => &self.http1,
                    };
                    let peer = Peer {
                        address,
                        tls: true,
                        handshake: Some(Arc::new(Handshake::of(session, (self.now)()))),
                    };
                    self.requests(http, stream, peer, watcher).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            },
        }
    }

    async fn requests<I>(
        &self,
        http: &auto::Builder<TokioExecutor>,
        stream: I,
        peer: Peer,
        watcher: Watcher,
    ) where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let asked = AtomicBool::new(false);
        let service = service_fn(|request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            let (front, peer) = (self.front.clone(), peer.clone());
            async move { Ok::<_, Infallible>(front.answer(request.map(BodyExt::boxed), peer).await) }
        });
        let connection = http
            .serve_connection_with_upgrades(TokioIo::new(Patient::new(stream, TAKING)), service);
        tokio::select! {
            served = watcher.watch(connection) => if let Err(error) = served {
                tracing::debug!(%error, "a connection ended early");
            },
            () = silence(&asked) => tracing::debug!("a connection asked for nothing"),
        }
    }
}

/// Resolves when a connection has been open for a while without a request: HTTP/2 has no limit of its own
/// for a client that never begins.
async fn silence(asked: &AtomicBool) {
    time::sleep(HEADERS).await;
    if asked.load(Ordering::Relaxed) {
        pending().await
    }
}
