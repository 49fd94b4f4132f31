//! Names of tables and indexes.

use super::{Layout, check};
use crate::schema::{Index, IndexField, Schema, Type};

fn schema(types: &[(&str, &[&str])]) -> Schema {
    let field = |name: &&str| IndexField {
        name: name.trim_start_matches('-').to_owned(),
        descending: name.starts_with('-'),
    };
    let types = types.iter().map(|(name, index)| Type {
        name: (*name).to_owned(),
        fields: Vec::new(),
        indexes: vec![Index {
            fields: index.iter().map(field).collect(),
            unique: false,
        }],
    });
    Schema {
        types: types.collect(),
        etag: String::new(),
    }
}

#[test]
fn tables_and_indexes_have_their_names() {
    let layout = Layout::new("0193-ab", &schema(&[("note", &["title", "-rank"])])).unwrap();
    assert_eq!(layout.history, "db_0193ab_cl_schema");
    let table = layout.table("note").unwrap();
    assert_eq!(table.name, "db_0193ab_note");
    assert_eq!(
        table.indexes[0].0,
        "index_db_0193ab_note_title_ASC_rank_DESC"
    );
}

#[test]
fn long_names_are_cut_and_stay_apart() {
    let (first, second) = (
        format!("{}a", "x".repeat(60)),
        format!("{}b", "x".repeat(60)),
    );
    let layout = Layout::new("0193", &schema(&[(&first, &["a"]), (&second, &["a"])])).unwrap();
    let names: Vec<&String> = layout
        .tables
        .iter()
        .flat_map(|table| [&table.name, &table.indexes[0].0])
        .collect();
    assert!(names.iter().all(|name| name.len() == 63), "{names:?}");
    assert!(names[0] != names[2] && names[1] != names[3], "{names:?}");
}

#[test]
fn bad_names_are_refused() {
    let refused = |kind: &str| check(kind).unwrap_err().to_string();
    assert_eq!(refused(""), "table name cannot be empty");
    assert_eq!(refused("CL_schema"), "table name \"CL_schema\" is reserved");
    assert_eq!(
        refused("1a"),
        "invalid table name \"1a\": must start with an ASCII letter or underscore"
    );
    assert_eq!(
        refused("a-b"),
        "invalid table name \"a-b\": can only contain ASCII letters, digits, and underscores"
    );
    assert_eq!(
        refused(&"a".repeat(64)),
        format!("table name \"{}\" exceeds max length 63", "a".repeat(64))
    );
    let twice = Layout::new("a", &schema(&[("note", &["a"]), ("Note", &["a"])])).unwrap_err();
    assert!(twice.to_string().contains("two types named"), "{twice}");
    let layout = Layout::new("a", &schema(&[])).unwrap();
    let unknown = layout.table("note").unwrap_err().to_string();
    assert_eq!(
        unknown,
        "table \"note\" is not defined, add type(\"note\", …) to schema.star"
    );
}
