//! SQLite: its own rules are the rules of the store, so little has to be said.

use super::{Compare, Order, Statement};
use crate::filter::Place;

/// The value of a place.
pub fn value(place: &Place) -> String {
    match place {
        Place::Number(column) | Place::Text(column) => (*column).to_owned(),
        Place::Field(name) => format!("_json ->> '{name}'"),
    }
}

/// Adds one comparison.
pub fn compare(statement: Statement, (place, operator, scalar): Compare<'_>) -> Statement {
    statement
        .with(&format!("{} {} ", value(place), operator.sign()))
        .bound(scalar.clone(), "")
}

/// One entry of an order.
pub fn order(order: &Order) -> String {
    let way = if order.descending { "DESC" } else { "ASC" };
    format!("{} {way}", value(&order.place))
}
