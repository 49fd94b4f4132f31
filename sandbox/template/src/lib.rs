//! Go templates: `text/template` and `html/template` as apps use them.

mod builtin;
mod error;
mod escape;
mod exec;
mod fit;
pub mod format;
mod functions;
mod json;
mod layout;
mod lex;
mod parse;
mod quote;
mod set;
mod time;
pub mod tree;
pub mod value;

pub use builtin::html_escaped;
pub use error::Error;
pub use functions::{Call, Evaluation, Function, Functions};
pub use quote::quoted;
pub use set::{MissingKey, Run, Set, Templates};
pub use value::{Safe, Type, Value, Width};
