//! The Starlark side of an app: dialect, the `ace` module, values and handlers.

mod ace;
mod call;
mod context;
mod convert;
mod guard;
mod request;
mod unpack;
