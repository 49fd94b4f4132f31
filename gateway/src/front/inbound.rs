//! The cargo of an admitted request: everything dispatch needs, fixed before the decision.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited, combinators::BoxBody};
use policy::{Caller, Moment};
use thiserror::Error;
use tokio::time::{self, Instant};

use crate::{catalog::Installed, peer::Peer, route::Path, statics::Found};

/// A request body, read only after admission and only up to a limit.
pub type Body = BoxBody<Bytes, hyper::Error>;

/// How fast a body has to arrive.
#[derive(Clone, Copy)]
struct Pace {
    /// Time that any body may take.
    any: Duration,
    /// Bytes that earn a second more.
    second: u64,
}

const PACE: Pace = Pace {
    any: Duration::from_secs(30),
    second: 64 << 10,
};

/// An admitted request to an app.
pub struct Inbound {
    /// The app, as it was when the request was judged.
    pub installed: Arc<Installed>,
    /// What in the app will answer.
    pub target: Target,
    /// The canonical path.
    pub path: Path,
    /// Host and port as the client named them.
    pub authority: String,
    /// The request without its body.
    pub parts: Parts,
    /// The body.
    pub body: Body,
    /// Who asks.
    pub caller: Caller,
    /// Who sent it.
    pub peer: Peer,
    /// When and from where.
    pub moment: Moment,
}

/// What in an app answers a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// A handler, run in the app's worker.
    Handler {
        /// Index into the routes.
        route: usize,
        /// Values of the pattern's parameters.
        params: BTreeMap<String, String>,
    },
    /// Another server, by a proxy route.
    Proxy {
        /// Index into the routes.
        route: usize,
    },
    /// A file of the snapshot.
    File(Found),
    /// The stream of the app's reloads.
    Events,
    /// A file the app has offered for download, by its id.
    Served(String),
    /// The same path with a slash.
    Slash,
    /// The path is known under these methods only.
    OtherMethod(Vec<String>),
    /// An action, which this version does not run.
    Unavailable,
    /// Nothing.
    Nothing,
}

impl Target {
    /// Whether the connection may become another protocol, by which the client sends anything.
    pub fn may_upgrade(&self, parts: &Parts) -> bool {
        matches!(self, Target::Proxy { .. }) && parts.headers.contains_key(header::UPGRADE)
    }
}

/// Why a body was not read.
#[derive(Debug, Error)]
pub enum BodyError {
    /// Over the limit.
    #[error("the request body is too large")]
    Large,
    /// The client stopped sending.
    #[error("the request body did not arrive in time")]
    Slow,
    /// The connection broke.
    #[error("the request body cannot be read")]
    Broken,
}

/// Reads a whole body of at most `limit` bytes; trailers are dropped.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    read_at(body, limit, PACE).await
}

async fn read_at(body: Body, limit: usize, pace: Pace) -> Result<Bytes, BodyError> {
    let mut body = Limited::new(body, limit);
    let began = Instant::now();
    let mut read = BytesMut::new();
    loop {
        let earned = u64::try_from(read.len()).unwrap_or(u64::MAX) / pace.second;
        let end = began + pace.any + Duration::from_secs(earned);
        match time::timeout_at(end, body.frame()).await {
            Ok(None) => return Ok(read.freeze()),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    read.extend_from_slice(&data);
                }
            }
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => return Err(BodyError::Large),
            Ok(Some(Err(_))) => return Err(BodyError::Broken),
            Err(_) => return Err(BodyError::Slow),
        }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use tokio_stream::{StreamExt, iter, pending};

    use super::*;

    /// So many pieces of so many bytes, and then the end or nothing at all.
    fn body(pieces: usize, length: usize, ends: bool) -> Body {
        let frame = move |_| Ok::<_, hyper::Error>(Frame::data(Bytes::from(vec![0; length])));
        let pieces = iter(0..pieces).map(frame);
        match ends {
            true => StreamBody::new(pieces).boxed(),
            false => StreamBody::new(pieces.chain(pending())).boxed(),
        }
    }

    #[tokio::test]
    async fn bodies_are_read_within_size_and_time() {
        let check = |body: Body, second: u64, expected: &'static str| async move {
            let any = Duration::from_millis(20);
            let said = match read_at(body, 100, Pace { any, second }).await {
                Ok(bytes) => bytes.len().to_string(),
                Err(error) => format!("{error:?}"),
            };
            assert_eq!(said, expected);
        };
        check(body(3, 10, true), 1000, "30").await;
        check(body(0, 0, true), 1000, "0").await;
        check(body(10, 10, true), 1000, "100").await;
        check(body(11, 10, true), 1000, "Large").await;
        check(body(3, 10, false), 1000, "Slow").await;
        check(body(1, 10, false), 10, "Slow").await;
    }
}
