//! The gateway: the edges that listen, and the administration that says what they serve.
//!
//! Two halves share one `State`. The *edge* (`front`, `dispatch`, `route`, `respond`, `authn`,
//! `listen`, `tls`, `page`, `csrf`) turns sockets into callers and calls. The *administration*
//! (`config`, `store`, `catalog`, `admin`, `lifecycle`, `client`, `cli`, `boot`) turns what operators
//! want into stored, approved apps. Both halves ask the same [`policy::Gate`] before any effect.

mod admin;
mod assertion;
mod authn;
mod authority;
mod boot;
mod catalog;
mod cli;
mod client;
mod clock;
mod config;
mod cors;
mod csrf;
mod dev;
mod dispatch;
mod front;
mod home;
mod lifecycle;
mod listen;
mod page;
mod peer;
mod respond;
mod route;
mod signin;
mod socket;
mod state;
mod statics;
mod store;
mod tls;
mod wire;

pub use cli::{commands, main};
pub(crate) use config::Config;
pub use config::reference;
pub(crate) use home::Home;
pub(crate) use state::State;
pub(crate) use store::{Store, StoreError};
