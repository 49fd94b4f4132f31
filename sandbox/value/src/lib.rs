//! The kinds of value app code meets that Starlark does not have: requests, responses, outputs,
//! documents, cursors, native functions, and the handle through which builtins find the run they belong to.
//!
//! They live in a crate of their own for one reason: a new kind of value needs starlark's derives,
//! and those implement `unsafe` marker traits. By hand, `unsafe` is written only where the interpreter
//! asks for it to iterate over a [`Cursor`]. Everything with a decision in it is elsewhere.
#![expect(
    unsafe_code,
    clippy::panic,
    reason = "starlark's derives implement unsafe marker traits and panic where values would be paged out; an iterable implements functions that are `unsafe` to call"
)]

mod cursor;
mod document;
mod extra;
mod function;
mod output;
mod request;
mod response;

pub use cursor::{Cursor, RowSource};
pub use document::{Document, document, document_kind, missed};
pub use extra::Extra;
pub use function::{Function, NativeCall};
pub use output::Output;
pub use request::Request;
pub use response::{Pending, Response};

/// A message app code or its author sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Message(pub String);

/// Raises `text` as an error in app code.
pub fn raise(text: impl Into<String>) -> starlark::Error {
    starlark::Error::new_other(Message(text.into()))
}
