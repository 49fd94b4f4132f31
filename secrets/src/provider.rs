//! Where values live. A provider turns a path into a value and knows nothing of who asks or why;
//! the decision was made before it is reached.

pub mod env;
pub mod file;

use std::pin::Pin;

use secrecy::SecretString;

/// A boxed future, so that providers of different kinds fit one list.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A place that holds secrets.
pub trait Provider: Send + Sync {
    /// The name used in references and in policies, such as `env` or `file`.
    fn name(&self) -> &str;

    /// Joins the keys of a reference to the one path that is judged, recorded and read.
    fn join(&self, keys: &[String]) -> String;

    /// Reads one value.
    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<SecretString, ProviderError>>;
}

/// Why a provider cannot give a value; never holds (part of) the value.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// There is no such secret.
    #[error("secret `{0}` does not exist; create it or correct the reference")]
    Missing(String),
    /// The secret exists and holds nothing.
    #[error("secret `{0}` is empty; give it a value")]
    Empty(String),
    /// The path uses characters or segments that this provider does not take.
    #[error("secret name `{0}` is not allowed; {1}")]
    Name(String, &'static str),
    /// The value is stored in a way that others could read or replace it.
    #[error("secret `{path}` is refused: {problem}")]
    Unsafe {
        /// The path asked for.
        path: String,
        /// What is wrong and how to put it right.
        problem: &'static str,
    },
    /// The value is not text or too long.
    #[error("secret `{path}` cannot be used: {problem}")]
    Value {
        /// The path asked for.
        path: String,
        /// What is wrong with the value.
        problem: &'static str,
    },
    /// The system refused to read it.
    #[error("cannot read secret `{path}`")]
    Read {
        /// The path asked for.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Whether `path` is the only spelling of itself: no empty, `.` or `..` segments, no odd characters.
pub(crate) fn canonical(path: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte);
    path.len() <= 512
        && path.bytes().all(legal)
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}
