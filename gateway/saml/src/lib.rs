//! A SAML 2.0 service provider: it turns a signed response into a verified identity, and decides nothing.
//!
//! Settings and messages go in, an [`Identity`] or an [`Error`] comes out; it knows no policy, no session and no
//! address of its own making. Signatures and ciphers are bergshamra's. Everything that makes a signature mean something
//! is here: where it stands, what it covers, which keys count, and that what is read is what was signed. There is one
//! tree for verifying and for reading, so no second look at the text can find another one.

mod asked;
mod assertion;
mod certificate;
mod cipher;
mod descriptor;
mod error;
mod identity;
mod logout;
mod message;
mod name;
mod narrow;
mod own;
mod peer;
mod provider;
mod replay;
mod response;
mod settings;
mod signature;
#[cfg(test)]
mod tests;
mod time;
mod transport;
mod write;

pub use error::Error;
pub use identity::{Identity, NameId};
pub use logout::{Incoming, Logout};
pub use provider::{Begun, Provider, metadata};
pub use settings::{Binding, Settings, Wish};
pub use transport::Send;
