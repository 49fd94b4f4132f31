//! Plugin calls and answers as they cross the wall between a worker and its host.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A call made by app code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallRequest {
    /// Plugin as loaded, e.g. `http.in` or `http.in#account`.
    pub plugin: String,
    /// Function of the plugin.
    pub function: String,
    /// Positional arguments.
    pub positional: Vec<Value>,
    /// Keyword arguments in order.
    pub keyword: Vec<(String, Value)>,
}

/// What came of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum CallAnswer {
    /// The call's value.
    Ok(Value),
    /// An answer of an HTTP server, which app code reads through `body()` and `json()`.
    Http(HttpAnswer),
    /// The call failed; app code finds this in the response object.
    Failed {
        /// Text for the app.
        error: String,
        /// 1, or a code of the plugin.
        code: i64,
    },
    /// The call was not allowed; raises an error app code cannot catch.
    Refused {
        /// Text for the app.
        message: String,
    },
}

/// An answer of an HTTP server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// Final URL.
    pub url: String,
    /// HTTP status.
    pub status_code: i64,
    /// Headers; values of one name joined with commas.
    pub headers: Vec<(String, String)>,
    /// Transfer encodings.
    pub encoding: Vec<String>,
    /// Body as text.
    pub body: String,
}
