//! Plugin calls and answers as they cross the wall between a worker and its host.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    /// One stored document.
    Document(Document),
    /// Rows that are read in batches; the first is here.
    Cursor {
        /// Names it in the frames that follow; valid while `more`.
        cursor: u64,
        /// For messages, `store.in:rows_cursor_1`.
        name: String,
        /// The first rows.
        rows: Vec<Document>,
        /// Whether it must be asked for more, or closed, before the request ends.
        more: bool,
    },
    /// Items that are sent to the client as they arrive; app code can only return it.
    Stream {
        /// Names it in the outcome of the request.
        stream: u64,
    },
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

/// A typed document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What `type(d)` answers, the name in `schema.star`.
    pub kind: String,
    /// Its fields; names that begin with `_` are the store's own and whole numbers.
    pub fields: Map<String, Value>,
}

/// The next rows of a cursor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// In order.
    pub rows: Vec<Document>,
    /// Whether the cursor is still open.
    pub more: bool,
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
    /// Body as text; empty when it is none.
    pub body: String,
    /// A body that is not text, in base64.
    #[serde(default)]
    pub binary: Option<String>,
}

impl CallAnswer {
    /// The same, or a failure when it is longer than `limit` on its way to the worker. Escaping makes
    /// text up to six times as long, so the bounds of plugins alone do not tell.
    #[must_use]
    pub fn within(self, limit: usize) -> CallAnswer {
        let mut length = Length(0);
        if serde_json::to_writer(&mut length, &self).is_ok() && length.0 <= limit {
            return self;
        }
        CallAnswer::Failed {
            error: format!("the answer is longer than {limit} bytes"),
            code: 1,
        }
    }
}

/// Counts what is written.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::CallAnswer;

    fn check(text: &str, limit: usize, expected: bool) {
        let answer = CallAnswer::Ok(Value::String(text.to_owned())).within(limit);
        assert_eq!(matches!(answer, CallAnswer::Ok(_)), expected, "{text:?}");
    }

    #[test]
    fn answers_fit_or_fail() {
        check("abc", 20, true);
        check("abc", 10, false);
        check("\u{1}\u{1}\u{1}", 20, false);
    }
}
