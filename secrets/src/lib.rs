//! Secrets: what a reference names, where its value lives, and how the value is kept out of sight.
//!
//! App code and request data never carry a value and cannot make a reference: references are read
//! from the app's own source and the operator's parameters only, and stand there as random tokens
//! ([`Tokens`]). A value leaves a [`Provider`] in exactly one place, [`Secrets::reveal`], which
//! spends the permit of one `secret.resolve` decision.

mod provider;
mod redact;
mod reference;
mod reveal;
mod seal;
mod tokens;

pub use provider::env::Env;
pub use provider::file::Files;
pub use provider::{BoxFuture, Provider, ProviderError};
pub use redact::{MARK, redact};
pub use reference::Reference;
pub use reveal::{SecretError, Secrets};
pub use seal::{Hasher, Seal, SealError};
pub use tokens::Tokens;
