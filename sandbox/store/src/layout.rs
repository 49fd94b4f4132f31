//! Where the documents of an app lie: the names of its tables and indexes.
//!
//! A table is named `db_<app>_<type>`, an index `index_<table>_<field>_<ASC or DESC>…`. Names that
//! a database would cut are shortened here, with a digest, on both kinds alike.

mod create;
mod prepare;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::problem::Problem;
use crate::schema::{Index, Schema, Type};

/// Longest name that PostgreSQL keeps whole.
const LONGEST: usize = 63;
/// Most fields of an index.
const INDEX_FIELDS: usize = 8;

/// The tables of an app.
#[derive(Debug)]
pub struct Layout {
    /// Of the table of schemas that were in use.
    pub history: String,
    /// One for each type.
    pub tables: Vec<Table>,
    schema: Schema,
}

/// The table of one type.
#[derive(Debug)]
pub struct Table {
    /// The name of the type.
    pub kind: String,
    /// Its name in the database.
    pub name: String,
    /// Its indexes by their name in the database.
    pub indexes: Vec<(String, Index)>,
}

impl Layout {
    /// The layout of the app with this id.
    pub fn new(app: &str, schema: &Schema) -> Result<Layout, Problem> {
        let app: String = app.chars().filter(char::is_ascii_alphanumeric).collect();
        let mut seen = BTreeSet::new();
        let tables = schema.types.iter().map(|kind| {
            if !seen.insert(kind.name.to_ascii_lowercase()) {
                return Err(Problem::Invalid(format!(
                    "schema.star has two types named \"{}\"; names that differ in case are the same",
                    kind.name
                )));
            }
            Table::new(&app, kind)
        });
        Ok(Layout {
            tables: tables.collect::<Result<_, _>>()?,
            history: short(format!("db_{app}_cl_schema")),
            schema: schema.clone(),
        })
    }

    /// The table of a type.
    pub fn table(&self, kind: &str) -> Result<&Table, Problem> {
        check(kind)?;
        let table = self.tables.iter().find(|table| table.kind == kind);
        table.ok_or_else(|| {
            Problem::Invalid(format!(
                "table \"{kind}\" is not defined, add type(\"{kind}\", …) to schema.star"
            ))
        })
    }

    /// The problem of an entry that a unique index refuses, by the index's name in the database. It has the
    /// words by which apps have always known it.
    pub fn taken(&self, index: &str) -> Problem {
        let broken = self.broken(index);
        Problem::Taken(format!("UNIQUE constraint failed: {broken}"))
    }

    /// How entries stand in the way of a unique index.
    fn broken(&self, index: &str) -> String {
        let found = self.tables.iter().find_map(|table| {
            let (_, index) = table.indexes.iter().find(|(name, _)| name == index)?;
            let (kind, names) = (&table.kind, index.names());
            Some(format!(
                "table \"{kind}\" already has an entry with the same {names} (index on {names})"
            ))
        });
        found.unwrap_or_else(|| "there is such an entry already (index)".to_owned())
    }
}

impl Table {
    fn new(app: &str, kind: &Type) -> Result<Table, Problem> {
        check(&kind.name)?;
        let name = short(format!("db_{app}_{}", kind.name));
        let indexes = kind.indexes.iter().map(|index| {
            if index.fields.is_empty() || index.fields.len() > INDEX_FIELDS {
                return Err(Problem::Invalid(format!(
                    "an index of type {} needs 1 to {INDEX_FIELDS} fields",
                    kind.name
                )));
            }
            Ok((index_name(&name, index), index.clone()))
        });
        Ok(Table {
            indexes: indexes.collect::<Result<_, _>>()?,
            kind: kind.name.clone(),
            name,
        })
    }
}

fn index_name(table: &str, index: &Index) -> String {
    let fields = index.fields.iter().map(|field| {
        let way = if field.descending { "DESC" } else { "ASC" };
        let name = field.name.chars();
        let name: String = name
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        format!("_{name}_{way}")
    });
    let plain = fields.collect::<String>();
    let exact = index.fields.iter().all(|field| {
        let letters = field.name.bytes();
        letters
            .into_iter()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
    });
    let name = format!("index_{table}{plain}");
    match exact {
        true => short(name),
        false => short(format!("{name}_{}", digest(&index.names()))),
    }
}

/// A name no longer than a database keeps.
fn short(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let digest = digest(&name);
    let kept = LONGEST - 1 - digest.len();
    format!("{}_{digest}", name.get(..kept).unwrap_or_default())
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let start = digest.iter().take(8);
    start.map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses names of types that are no names of tables.
pub fn check(kind: &str) -> Result<(), Problem> {
    let letter = |letter: u8| letter.is_ascii_alphabetic() || letter == b'_';
    let problem = match kind.as_bytes() {
        [] => "table name cannot be empty".to_owned(),
        name if name.len() > LONGEST => {
            format!("table name \"{kind}\" exceeds max length {LONGEST}")
        }
        name if name.eq_ignore_ascii_case(b"cl_schema") => {
            format!("table name \"{kind}\" is reserved")
        }
        [first, ..] if !letter(*first) => {
            format!("invalid table name \"{kind}\": must start with an ASCII letter or underscore")
        }
        [_, rest @ ..]
            if !rest
                .iter()
                .all(|next| letter(*next) || next.is_ascii_digit()) =>
        {
            format!(
                "invalid table name \"{kind}\": can only contain ASCII letters, digits, and underscores"
            )
        }
        _ => return Ok(()),
    };
    Err(Problem::Invalid(problem))
}

#[cfg(test)]
mod tests;
