//! The Starlark side of an app: dialect, the `ace` module, values and handlers.

mod ace;
mod app;
mod attrs;
mod call;
mod context;
mod convert;
mod evaluate;
mod guard;
mod loader;
mod modules;
mod params;
mod request;
mod text;
mod unpack;

pub(crate) use request::NAMES as REQUEST_NAMES;
pub(crate) use text::json as go_json;
