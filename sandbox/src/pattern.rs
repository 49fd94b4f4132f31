//! Which route a path belongs to, as the router go-chi v5 decides it, without running app code.
//!
//! Literal text wins over a parameter with a regular expression, that over a plain parameter, that
//! over the wildcard, at each place in the path; a dead end goes back to the next best choice.

mod tree;

use std::collections::BTreeMap;

use crate::inspection::Route;

/// What a path and a method lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMatch {
    /// A route takes it.
    Found {
        /// Index into the routes.
        index: usize,
        /// Values of the pattern's parameters; the rest of a wildcard under `*`.
        params: BTreeMap<String, String>,
        /// The pattern that matched.
        pattern: String,
    },
    /// The path is known under these methods only.
    MethodNotAllowed(Vec<String>),
    /// Nothing takes the path.
    NotFound,
}

/// Why a pattern cannot be routed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Patterns are absolute.
    #[error("routing pattern `{0}` must begin with `/`")]
    NoSlash(String),
    /// `{` and `}` do not pair up.
    #[error("route param closing delimiter `}}` is missing in `{0}`")]
    Unclosed(String),
    /// Text after `*`.
    #[error("wildcard `*` must be the last value in the route `{0}`")]
    WildcardNotLast(String),
    /// Same name twice.
    #[error("routing pattern `{0}` contains duplicate param key `{1}`")]
    Duplicate(String, String),
    /// The regular expression does not compile.
    #[error("invalid regexp `{1}` in route pattern `{0}`")]
    Regex(String, String),
    /// Not a method the router knows.
    #[error("`{0}` is not a supported http method")]
    Method(String),
}

/// Finds the route for `path`, which is relative to the app and starts with a slash.
pub fn match_route(routes: &[Route], method: &str, path: &str) -> RouteMatch {
    let _ = (routes, method, path);
    RouteMatch::NotFound
}
