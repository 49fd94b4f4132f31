//! Ways to upstreams: clients that can connect to one address only, kept for a while so that requests to
//! the same server share connections, each with a bound on what is under way.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use lru::LruCache;
use policy::Url;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};

use super::body::Paced;
use super::{Cause, Outgoing};
use crate::plugin::http::trust;

/// Ways kept.
const WAYS: NonZeroUsize = NonZeroUsize::new(128).unwrap();
/// Requests under way to one server.
const UNDER_WAY: usize = 500;
/// Connections to one server that wait for a request, and for how long.
const IDLE: usize = 32;
const IDLE_TIME: Duration = Duration::from_secs(15);
/// Longest head of an answer.
const HEAD: usize = 256 * 1024;

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connector = BoxCloneSyncService<Uri, Stream, Cause>;
/// Sends requests to one server.
pub type Sender = Client<Connector, Paced<Outgoing>>;
type Key = (bool, String, u16, IpAddr);

/// The ways in use.
pub struct Ways {
    cache: Mutex<LruCache<Key, (Sender, Arc<Semaphore>)>>,
    tls: OnceLock<Result<Arc<rustls::ClientConfig>, String>>,
}

/// A way to a server, and a place on it.
pub struct Way {
    pub client: Sender,
    pub place: OwnedSemaphorePermit,
}

impl Ways {
    /// Begins with none.
    pub fn new() -> Self {
        Self {
            cache: Mutex::new(LruCache::new(WAYS)),
            tls: OnceLock::new(),
        }
    }

    /// A way to the server of `url` at `ip`, or the class of the error.
    pub fn way(&self, url: &Url, ip: IpAddr, connect: Duration) -> Result<Way, &'static str> {
        let key = (
            url.scheme() == "https",
            url.host().to_owned(),
            url.port(),
            ip,
        );
        let (client, places) = self.kept(key, connect)?;
        let place = places.try_acquire_owned().map_err(|_| "proxy.busy")?;
        Ok(Way { client, place })
    }

    fn kept(&self, key: Key, connect: Duration) -> Result<(Sender, Arc<Semaphore>), &'static str> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = cache.get(&key) {
            return Ok(way.clone());
        }
        let (secure, _, port, ip) = &key;
        let address = SocketAddr::new(*ip, *port);
        let connector = if *secure {
            let tls = self.tls.get_or_init(|| trust::system(&[]).map(Arc::new));
            encrypted(address, tls.as_ref().map_err(|_| "proxy.tls")?, connect)
        } else {
            plain(address, connect)
        };
        let way = (sender(connector), Arc::new(Semaphore::new(UNDER_WAY)));
        cache.put(key, way.clone());
        Ok(way)
    }
}

fn sender(connector: Connector) -> Sender {
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIME)
        .pool_max_idle_per_host(IDLE)
        .http1_max_buf_size(HEAD)
        .build(connector)
}

fn plain(address: SocketAddr, limit: Duration) -> Connector {
    BoxCloneSyncService::new(service_fn(move |_: Uri| {
        within(limit, async move {
            Ok(MaybeHttpsStream::Http(TokioIo::new(dial(address).await?)))
        })
    }))
}

/// The name in the certificate is that of the URL; the address is ours.
fn encrypted(address: SocketAddr, tls: &Arc<rustls::ClientConfig>, limit: Duration) -> Connector {
    let tcp = service_fn(move |_: Uri| async move { dial(address).await.map(TokioIo::new) });
    let https = HttpsConnector::from((tcp, Arc::clone(tls)));
    BoxCloneSyncService::new(service_fn(move |uri: Uri| {
        within(limit, https.clone().oneshot(uri))
    }))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the address was judged with the request that is sent there"
)]
async fn dial(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn within<T>(
    limit: Duration,
    connecting: impl Future<Output = Result<T, Cause>>,
) -> Result<T, Cause> {
    let late = |_| Cause::from(format!("no connection within {} s", limit.as_secs()));
    tokio::time::timeout(limit, connecting)
        .await
        .map_err(late)?
}
