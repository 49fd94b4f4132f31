//! What a proxy route declares: where requests go and how they are changed on the way.

use serde::{Deserialize, Serialize};

/// The arguments of `proxy.config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyConfig {
    /// The upstream server.
    pub url: String,
    /// Removed from the front of the path.
    pub strip_path: String,
    /// Whether the upstream sees the host the client named.
    pub preserve_host: bool,
    /// Whether the app's own path is removed too.
    pub strip_app: bool,
    /// Set on each answer, in the order written; `$url` stands for the path.
    pub response_headers: Vec<(String, String)>,
}
