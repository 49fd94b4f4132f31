//! Contextual escaping: a copy of the templates in which every pipeline ends with the escapers of its place.
//!
//! The walk over a template follows what a browser would do with its text, so that the place of every action is known
//! before anything is rendered; where it cannot be known, or where branches lead to different places, the template is refused.
//! A template that is called in several places is copied for each. Nothing here depends on data.
//!
//! Output is Go's `html/template` to the byte, with these exceptions, where Go loses its place and a value could leave its own:
//! * The second call of a template that ends elsewhere than it begins leads to that end, as the first does.
//! * A slash behind a template literal divides; behind `<`, `-` and a leading `++` it begins a regular expression, as
//!   it does behind `new`, `default` and `extends`; behind `await` and `of` the template is refused.
//! * The type of a script counts with its character references decoded.
//! * Templates that need ever more contexts for themselves are refused, not walked for ever.

mod apply;
mod author;
mod call;
mod context;
mod css;
mod html;
mod join;
mod js;
mod name;
mod plan;
mod problem;
mod srcset;
mod tree;
mod url;
mod walk;

pub use apply::{Escaper, write};

use crate::error::Error;
use crate::set::Templates;
use walk::tags as strip_tags;

/// The template `name` and all it calls, escaped; templates derived for other contexts are among them.
pub fn escape(templates: &Templates, name: &str) -> Result<Templates, Error> {
    call::Calls::new(templates).page(name)
}

#[cfg(test)]
mod tests;
