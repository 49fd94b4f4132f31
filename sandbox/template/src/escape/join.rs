//! Where a page goes on behind branches: all of them must lead to one place.

use super::context::{Context, Part, Slash, State};
use super::problem::Problem;

/// The place behind two branches of a node. Places that differ in the part of a URL or in what a slash means are one that
/// is not fully known; asking for the missing fact later is the error.
pub fn join(one: Context, other: Context, word: &str) -> Result<Context, Problem> {
    match (one.state, other.state) {
        (State::Dead, _) => return Ok(other),
        (_, State::Dead) => return Ok(one),
        _ => {}
    }
    common(&one, &other)
        .or_else(|| common(&one.clone().nudged(), &other.clone().nudged()))
        .ok_or_else(|| {
            Problem::branch_end(format!(
                "{{{{{word}}}}} branches end in different contexts: {one}, {other}; \
                 let each branch end where it begins, or move the condition around the whole"
            ))
        })
}

fn common(one: &Context, other: &Context) -> Option<Context> {
    let part = if one.part == other.part {
        one.part
    } else {
        Part::Unknown
    };
    let slash = if one.slash == other.slash {
        one.slash
    } else {
        Slash::Unknown
    };
    let same_part = Context {
        part: other.part,
        ..one.clone()
    };
    let same_slash = Context {
        slash: other.slash,
        ..one.clone()
    };
    match same_part == *other || same_slash == *other {
        true => Some(Context {
            part,
            slash,
            ..one.clone()
        }),
        false => None,
    }
}
