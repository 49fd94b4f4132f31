//! The statements that make tables and indexes.

use super::{Layout, Table};
use crate::filter::Place;
use crate::problem::Problem;
use crate::schema::Index;
use crate::sql::{Dialect, Indexed, indexed};

/// The statement for the table of schemas that were in use.
pub fn history(layout: &Layout, dialect: Dialect) -> String {
    let big = match dialect {
        Dialect::Sqlite => "INTEGER",
        Dialect::Postgres => "BIGINT",
    };
    format!(
        "CREATE TABLE IF NOT EXISTS \"{}\" (version {big} PRIMARY KEY, created_by TEXT, updated_by TEXT, \
         created_at BIGINT, updated_at BIGINT, main_app TEXT, schema_data TEXT, schema_etag TEXT)",
        layout.history
    )
}

/// The statement for the table of a type.
pub fn table(table: &Table, dialect: Dialect) -> String {
    let (id, version, json) = match dialect {
        Dialect::Sqlite => ("INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER", "JSON"),
        Dialect::Postgres => ("BIGSERIAL PRIMARY KEY", "BIGINT", "JSON"),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS \"{}\" (_id {id}, _version {version}, _created_by TEXT, _updated_by TEXT, \
         _created_at BIGINT, _updated_at BIGINT, _json {json})",
        table.name
    )
}

/// The statement for an index.
pub fn index(
    table: &Table,
    (name, index): &(String, Index),
    dialect: Dialect,
) -> Result<String, Problem> {
    let mut columns = Vec::new();
    for field in &index.fields {
        let place = Place::named(&field.name)?;
        let way = if field.descending { "DESC" } else { "ASC" };
        let kind = if index.unique {
            Indexed::Unique
        } else {
            Indexed::Plain
        };
        columns.extend(
            indexed(dialect, &place, kind)
                .into_iter()
                .map(|column| format!("{column} {way}")),
        );
    }
    let unique = if index.unique { "UNIQUE " } else { "" };
    Ok(format!(
        "CREATE {unique}INDEX IF NOT EXISTS \"{name}\" ON \"{}\" ({})",
        table.name,
        columns.join(", ")
    ))
}

/// The statement that names the indexes of a table that stand in the way of new ones.
pub fn indexes(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'index' AND substr(name, 1, 6) = 'index_' AND tbl_name = "
        }
        Dialect::Postgres => {
            "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema() \
             AND left(indexname, 6) = 'index_' AND tablename = "
        }
    }
}
