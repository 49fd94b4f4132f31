//! Conditions and orders in the SQL of each kind of database. Values are always bound.
//!
//! Both kinds compare alike, as SQLite does it: what is missing or null compares with nothing and
//! comes first in order; then numbers by their value, truth among them as 1 and 0; then text by its
//! bytes, with lists and dicts as their JSON.

mod order;
mod postgres;
mod sqlite;

use crate::filter::{Condition, Operator, Place, Scalar};

pub use order::Order;

/// Whose SQL is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// SQL with the values of its placeholders, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The SQL.
    pub text: String,
    /// What is bound.
    pub values: Vec<Scalar>,
    dialect: Dialect,
}

impl Statement {
    /// Begins with this text, which must not come from an app.
    pub fn new(dialect: Dialect, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
            dialect,
        }
    }

    /// Adds text, which must not come from an app.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Puts text before what is there; it must not come from an app.
    #[must_use]
    pub fn after(mut self, text: &str) -> Self {
        self.text.insert_str(0, text);
        self
    }

    /// Adds a placeholder for a whole number.
    #[must_use]
    pub fn whole(self, value: i64) -> Self {
        self.bound(Scalar::Whole(value), "bigint")
    }

    /// Adds a placeholder for text.
    #[must_use]
    pub fn text(self, value: impl Into<String>) -> Self {
        self.bound(Scalar::Text(value.into()), "text")
    }

    /// Adds a placeholder for a JSON document.
    #[must_use]
    pub fn json(self, value: String) -> Self {
        self.bound(Scalar::Text(value), "text::json")
    }

    /// Adds ` WHERE …`, if there is anything to fulfil.
    #[must_use]
    pub fn filtered(self, condition: &Condition) -> Self {
        if condition.is_empty() {
            return self;
        }
        self.with(" WHERE ").condition(condition)
    }

    /// Adds ` ORDER BY …`; entries that are equal otherwise come in the order of their ids.
    #[must_use]
    pub fn ordered(mut self, orders: &[Order]) -> Self {
        self = self.with(" ORDER BY ");
        for order in orders {
            let text = match self.dialect {
                Dialect::Sqlite => sqlite::order(order),
                Dialect::Postgres => postgres::order(order),
            };
            self = self.with(&text).with(", ");
        }
        self.with("_id ASC")
    }

    fn condition(self, condition: &Condition) -> Self {
        match condition {
            Condition::All(parts) => self.joined(parts, " AND ", "TRUE"),
            Condition::Any(parts) => self.joined(parts, " OR ", "FALSE"),
            Condition::Compare(_, _, Scalar::Null) => self.with("FALSE"),
            Condition::Compare(place, operator, scalar) => match self.dialect {
                Dialect::Sqlite => sqlite::compare(self, (place, *operator, scalar)),
                Dialect::Postgres => postgres::compare(self, (place, *operator, scalar)),
            },
        }
    }

    fn joined(mut self, parts: &[Condition], between: &str, none: &str) -> Self {
        if let [single] = parts {
            return self.condition(single);
        }
        self = self.with("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self = self.with(between);
            }
            self = self.condition(part);
        }
        self.with(if parts.is_empty() { none } else { "" })
            .with(")")
    }

    /// Adds a placeholder; PostgreSQL is told the type it is to have.
    fn bound(mut self, value: Scalar, cast: &str) -> Self {
        self.values.push(value);
        match self.dialect {
            Dialect::Sqlite => self.with("?"),
            Dialect::Postgres => {
                let text = format!("${}::{cast}", self.values.len());
                self.with(&text)
            }
        }
    }
}

/// What an index is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// No two entries may agree.
    Unique,
    /// Finding entries.
    Plain,
}

/// The expressions of an index over a place.
pub fn indexed(dialect: Dialect, place: &Place, kind: Indexed) -> Vec<String> {
    match (dialect, place) {
        (Dialect::Sqlite, place) => vec![sqlite::value(place)],
        (Dialect::Postgres, Place::Field(name)) => match kind {
            Indexed::Unique => vec![postgres::key(name)],
            Indexed::Plain => vec![postgres::number(name), postgres::text(name)],
        },
        (Dialect::Postgres, Place::Number(column) | Place::Text(column)) => {
            vec![(*column).to_owned()]
        }
    }
}

/// One comparison.
type Compare<'a> = (&'a Place, Operator, &'a Scalar);

impl Operator {
    /// As both kinds of database write it.
    fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::Unequal => "<>",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Like => "LIKE",
        }
    }
}

#[cfg(test)]
mod tests;
