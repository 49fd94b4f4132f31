//! The cargo of an admitted request: everything dispatch needs, fixed before the decision.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited, combinators::BoxBody};
use policy::{Caller, Moment};
use thiserror::Error;
use tokio::time;

use crate::{catalog::Installed, peer::Peer, route::Path, statics::Found};

/// A request body, read only after admission and only up to a limit.
pub type Body = BoxBody<Bytes, hyper::Error>;

const READ: Duration = Duration::from_secs(30);

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
    /// Something declared that this version does not run: an action, a proxy.
    Unavailable,
    /// Nothing.
    Nothing,
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
    match time::timeout(READ, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::Large),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::Slow),
    }
}
