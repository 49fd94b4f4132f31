//! What a proxy route declares: where requests go and how they are changed on the way.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

impl ProxyConfig {
    /// The arguments as Starlark prints them, by parameter index, for declared expressions.
    pub(crate) fn subjects(&self) -> Vec<(usize, String)> {
        let headers: Map<String, Value> = self
            .response_headers
            .iter()
            .map(|(name, value)| (name.clone(), Value::String(value.clone())))
            .collect();
        let arguments = vec![
            Value::String(self.url.clone()),
            Value::String(self.strip_path.clone()),
            Value::Bool(self.preserve_host),
            Value::Bool(self.strip_app),
            Value::Object(headers),
        ];
        let bound = policy::bind("proxy.in", "config", arguments, Vec::new());
        bound.map(|bound| bound.subjects()).unwrap_or_default()
    }
}
