//! An OpenID Connect relying party: it turns what a provider says into a verified identity, and decides nothing.
//!
//! [`Provider::begin`] sends a person to their provider, [`Provider::finish`] takes the answer apart. Between the two
//! lies a [`Memory`] that stays on the server. Nothing here knows policy, sessions or pages, and the time is always an
//! argument. Whatever is not exactly as expected is an [`Error`], never a weaker identity.

mod answer;
mod begin;
mod cache;
mod claims;
mod error;
mod exchange;
mod fetch;
mod github;
mod groups;
mod identity;
mod issuer;
mod keys;
mod known;
mod logout;
mod mail;
mod person;
mod preset;
mod proof;
mod provider;
mod settings;

pub use error::{Error, Result};
pub use fetch::fetch_text;
pub use identity::{Begun, Ended, Identity, Memory, Renewed, Tokens, Wish};
pub use mail::email_domain;
pub use preset::Preset;
pub use provider::Provider;
pub use settings::Settings;

#[cfg(test)]
mod tests;
