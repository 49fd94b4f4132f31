//! Clients, each of which can connect to one address only. They share the TLS setup and are kept
//! for a while, so that calls to the same server reuse its connection.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use lru::LruCache;
use policy::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::exchange::Failure;
use super::trust::{self, Tls};

/// Clients kept.
const CLIENTS: NonZeroUsize = NonZeroUsize::new(128).unwrap();

type Key = (bool, String, u16, IpAddr);

/// The clients in use.
pub struct Clients {
    cache: Mutex<LruCache<Key, reqwest::Client>>,
    tls: OnceLock<Tls>,
    none: OnceLock<Tls>,
}

impl Clients {
    /// Begins with none.
    pub fn new() -> Self {
        Self {
            cache: Mutex::new(LruCache::new(CLIENTS)),
            tls: OnceLock::new(),
            none: OnceLock::new(),
        }
    }

    /// A client that reaches the host of `url` at `ip`, and nothing else.
    pub fn client(
        &self,
        url: &Url,
        ip: IpAddr,
        connect: Duration,
    ) -> Result<reqwest::Client, Failure> {
        let secure = url.scheme() == "https";
        let key = (secure, url.host().to_owned(), url.port(), ip);
        let known = self
            .cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(client) = known {
            return Ok(client);
        }
        let tls = if secure {
            self.tls
                .get_or_init(|| trust::system(&[b"h2", b"http/1.1"]))
        } else {
            self.none.get_or_init(trust::nobody)
        };
        let tls = tls
            .as_ref()
            .map_err(|problem| Failure::new("http.tls", problem.clone()))?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .dns_resolver(Arc::new(Pinned(ip)))
            .tls_backend_preconfigured(tls.clone())
            .connect_timeout(connect)
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("sallyport/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::new("http.client", error.to_string()))?;
        self.cache
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(key, client.clone());
        Ok(client)
    }
}

/// Answers every name with the one address that was judged.
struct Pinned(IpAddr);

impl Resolve for Pinned {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(std::iter::once(SocketAddr::new(self.0, 0)));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}
