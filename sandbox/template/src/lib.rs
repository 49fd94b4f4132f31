//! Go templates: `text/template` and `html/template` as apps use them.

mod builtin;
mod error;
mod escape;
pub mod format;
mod functions;
mod quote;
mod set;
pub mod tree;
pub mod value;

pub use error::Error;
pub use functions::{Call, Evaluation, Function, Functions};
pub use quote::quoted;
pub use set::Templates;
pub use value::{Safe, Type, Value, Width};
