//! PostgreSQL, made to compare as SQLite does.
//!
//! The value of a field is looked at in three ways: as a number, as text (compared by bytes), and as
//! a key, one text that is equal exactly for equal values. Unique indexes are on keys, others on
//! number and text, and comparisons are written so that either can serve them. The functions used
//! are immutable and work on the `json` type, which keeps lists and dicts as they were written.

use super::{Compare, Order, Statement};
use crate::filter::{Operator, Place, Scalar};

/// The field as a number; null where it is none.
pub fn number(name: &str) -> String {
    format!(
        "(CASE json_typeof(_json -> '{name}') WHEN 'number' THEN (_json ->> '{name}')::numeric \
         WHEN 'boolean' THEN CASE _json ->> '{name}' WHEN 'true' THEN 1::numeric ELSE 0::numeric END END)"
    )
}

/// The field as text; null for numbers and where there is nothing.
pub fn text(name: &str) -> String {
    format!(
        "((CASE WHEN json_typeof(_json -> '{name}') IN ('string', 'object', 'array') \
         THEN _json ->> '{name}' END) COLLATE \"C\")"
    )
}

/// The field as one text; null where there is nothing.
pub fn key(name: &str) -> String {
    format!(
        "((CASE json_typeof(_json -> '{name}') \
         WHEN 'number' THEN 'n' || trim_scale((_json ->> '{name}')::numeric)::text \
         WHEN 'boolean' THEN CASE _json ->> '{name}' WHEN 'true' THEN 'n1' ELSE 'n0' END \
         WHEN 'null' THEN NULL ELSE 's' || (_json ->> '{name}') END) COLLATE \"C\")"
    )
}

/// Adds one comparison.
pub fn compare(statement: Statement, (place, operator, scalar): Compare<'_>) -> Statement {
    match (place, operator) {
        (_, Operator::Like) => like(statement, place, scalar),
        (Place::Number(column), _) => column_of_numbers(statement, column, operator, scalar),
        (Place::Text(column), _) => statement
            .with(&format!("{column} COLLATE \"C\" {} ", operator.sign()))
            .bound(scalar.clone(), "text"),
        (Place::Field(name), _) => field(statement, name, operator, scalar),
    }
}

/// One entry of an order: nothing, then numbers, then text.
pub fn order(order: &Order) -> String {
    let (way, nulls) = match order.descending {
        true => ("DESC", "LAST"),
        false => ("ASC", "FIRST"),
    };
    match &order.place {
        Place::Number(column) => format!("{column} {way}"),
        Place::Text(column) => format!("{column} COLLATE \"C\" {way}"),
        Place::Field(name) => {
            let (number, text) = (number(name), text(name));
            format!(
                "({text} IS NOT NULL) {way}, {number} {way} NULLS {nulls}, {text} {way} NULLS {nulls}"
            )
        }
    }
}

/// Text is greater than every number.
fn column_of_numbers(
    statement: Statement,
    column: &str,
    operator: Operator,
    scalar: &Scalar,
) -> Statement {
    let sign = operator.sign();
    match scalar {
        Scalar::Null => statement.with("FALSE"),
        Scalar::Whole(_) => statement
            .with(&format!("{column} {sign} "))
            .bound(scalar.clone(), "bigint"),
        Scalar::Real(_) => statement
            .with(&format!("{column}::numeric {sign} "))
            .bound(scalar.clone(), "text::numeric"),
        Scalar::Text(_) => statement.with(match operator {
            Operator::Unequal | Operator::Less | Operator::LessOrEqual => "TRUE",
            Operator::Equal | Operator::Greater | Operator::GreaterOrEqual | Operator::Like => {
                "FALSE"
            }
        }),
    }
}

fn field(statement: Statement, name: &str, operator: Operator, scalar: &Scalar) -> Statement {
    let (number, text) = (number(name), text(name));
    let sign = operator.sign();
    match scalar {
        Scalar::Null => statement.with("FALSE"),
        Scalar::Whole(_) | Scalar::Real(_) => {
            let statement = statement.with("(");
            let statement = match operator {
                Operator::Equal => {
                    let start = format!("{} = 'n' || trim_scale(", key(name));
                    numeric(statement.with(&start), scalar).with(")::text AND ")
                }
                _ => statement,
            };
            let statement = numeric(statement.with(&format!("{number} {sign} ")), scalar);
            match operator {
                Operator::Unequal | Operator::Greater | Operator::GreaterOrEqual => {
                    statement.with(&format!(" OR {text} IS NOT NULL)"))
                }
                _ => statement.with(")"),
            }
        }
        Scalar::Text(_) => {
            let compared = |statement: Statement| {
                statement
                    .with(&format!("{text} {sign} "))
                    .bound(scalar.clone(), "text")
            };
            match operator {
                Operator::Equal => {
                    let statement = statement.with(&format!("({} = 's' || ", key(name)));
                    let statement = statement.bound(scalar.clone(), "text");
                    compared(statement.with(&format!(" AND {number} IS NULL AND "))).with(")")
                }
                Operator::Greater | Operator::GreaterOrEqual => {
                    compared(statement.with(&format!("({number} IS NULL AND "))).with(")")
                }
                _ => compared(statement.with(&format!("({number} IS NOT NULL OR "))).with(")"),
            }
        }
    }
}

fn numeric(statement: Statement, scalar: &Scalar) -> Statement {
    match scalar {
        Scalar::Whole(_) => statement.bound(scalar.clone(), "bigint::numeric"),
        _ => statement.bound(scalar.clone(), "text::numeric"),
    }
}

/// Without an escape character, and without regard to the case of ASCII letters.
fn like(statement: Statement, place: &Place, scalar: &Scalar) -> Statement {
    let value = match place {
        Place::Number(column) => format!("{column}::text"),
        Place::Text(column) => (*column).to_owned(),
        Place::Field(name) => format!(
            "(CASE json_typeof(_json -> '{name}') WHEN 'boolean' THEN \
             CASE _json ->> '{name}' WHEN 'true' THEN '1' ELSE '0' END ELSE _json ->> '{name}' END)"
        ),
    };
    statement
        .with(&format!("lower({value} COLLATE \"C\") LIKE lower("))
        .bound(scalar.clone(), "text")
        .with(" COLLATE \"C\") ESCAPE ''")
}
