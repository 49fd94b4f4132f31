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
pub use functions::{Call, Function, Functions};
pub use set::{MissingKey, Run, Set};
pub use value::{Safe, Type, Value, Width};

use quote::quoted;
