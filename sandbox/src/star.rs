//! The Starlark side of an app: dialect, the `ace` module, values and handlers.

mod ace;
mod app;
mod attrs;
mod call;
mod code;
mod context;
mod convert;
mod cursor;
mod evaluate;
mod guard;
mod handle;
mod kind;
mod loader;
mod loops;
mod modules;
mod params;
mod request;
mod schema;
mod text;
mod unpack;

pub(crate) use code::{Code, load};
pub(crate) use context::Bridge;
pub(crate) use convert::bytes_of;
#[cfg(test)]
pub(crate) use request::{AppFacts, Facts};
pub(crate) use text::json as go_json;

#[cfg(test)]
mod tests;
