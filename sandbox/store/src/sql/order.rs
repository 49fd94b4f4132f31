//! The `sort` argument of `select`.

use crate::filter::Place;
use crate::problem::Problem;

/// Most fields of one order.
const MOST: usize = 16;

/// A place to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What is looked at.
    pub place: Place,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Order {
    /// Reads entries such as `f`, `f:asc` and `f:desc`, whose case does not matter.
    pub fn parse(entries: &[String]) -> Result<Vec<Order>, Problem> {
        if entries.len() > MOST {
            return Err(Problem::Invalid(format!(
                "sort has more than {MOST} fields"
            )));
        }
        entries.iter().map(|entry| Order::one(entry)).collect()
    }

    fn one(entry: &str) -> Result<Order, Problem> {
        let (name, descending) = match entry.rsplit_once(':') {
            None => (entry, false),
            Some((name, way)) if way.eq_ignore_ascii_case("asc") => (name.trim(), false),
            Some((name, way)) if way.eq_ignore_ascii_case("desc") => (name.trim(), true),
            Some((name, _)) => {
                return Err(Problem::Invalid(format!(
                    "invalid sort field {entry}, use {name}, {name}:asc or {name}:desc"
                )));
            }
        };
        Ok(Order {
            place: Place::named(name)?,
            descending,
        })
    }
}
