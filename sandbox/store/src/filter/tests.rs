//! Filters as apps write them, and what is wrong with those that are refused.

use serde_json::{Value, json};

use super::Condition;
use crate::problem::Problem;
use crate::sql::{Dialect, Statement};

fn spelt(filter: &Value) -> Result<(String, Vec<String>), Problem> {
    let condition = Condition::parse(filter)?;
    let statement = Statement::new(Dialect::Sqlite, "").filtered(&condition);
    let values = statement.values.iter().map(|value| value.print()).collect();
    Ok((
        statement.text.trim_start_matches(" WHERE ").to_owned(),
        values,
    ))
}

#[track_caller]
fn check(filter: Value, sql: &str, values: &[&str]) {
    let (text, bound) = spelt(&filter).unwrap();
    assert_eq!(
        (text.as_str(), bound),
        (
            sql,
            values.iter().map(|value| (*value).to_owned()).collect()
        )
    );
}

#[track_caller]
fn refused(filter: Value, expected: &str) {
    assert_eq!(spelt(&filter).unwrap_err().to_string(), expected);
}

#[test]
fn filters_are_spelt() {
    check(Value::Null, "", &[]);
    check(json!({}), "", &[]);
    check(json!({"age": 10}), "_json ->> 'age' = ?", &["10"]);
    check(
        json!({"b": true, "a": "x"}),
        "(_json ->> 'a' = ? AND _json ->> 'b' = ?)",
        &["x", "1"],
    );
    check(json!({"_id": 3}), "_id = ?", &["3"]);
    check(json!({"_id": "3"}), "_id = ?", &["3"]);
    check(
        json!({"age": {"$lt": 9, "$gt": 1.5}}),
        "(_json ->> 'age' > ? AND _json ->> 'age' < ?)",
        &["1.5", "9"],
    );
    check(
        json!({"$or": [{"a": 1, "c": 3}, {"b": 2}]}),
        "((_json ->> 'a' = ? AND _json ->> 'c' = ?) OR _json ->> 'b' = ?)",
        &["1", "3", "2"],
    );
    check(
        json!({"$AND": [{"a": 1}, {"$Or": [{"b": 2}, {"c": 3}]}]}),
        "(_json ->> 'a' = ? AND (_json ->> 'b' = ? OR _json ->> 'c' = ?))",
        &["1", "2", "3"],
    );
    check(
        json!({"age": {"$or": [{"$lt": 5}, {"$gt": 60}], "$ne": 7}}),
        "(_json ->> 'age' <> ? AND (_json ->> 'age' < ? OR _json ->> 'age' > ?))",
        &["7", "5", "60"],
    );
    check(
        json!({"a": {"$like": "x%"}}),
        "_json ->> 'a' LIKE ?",
        &["x%"],
    );
    check(
        json!({"first name": "ä"}),
        "_json ->> 'first name' = ?",
        &["ä"],
    );
    check(json!({"a": null}), "FALSE", &[]);
    check(json!({"_created_by": 5}), "_created_by = ?", &["5"]);
}

#[test]
fn nonsense_is_refused() {
    refused(
        json!({"a": [{"b": 1}]}),
        r#"invalid condition for a, list supported for logical operators only, got: [{"b":1}]"#,
    );
    refused(
        json!({"$or": {"a": 1}}),
        r#"invalid condition for $or, expected list, got: {"a":1}"#,
    );
    refused(
        json!({"$or": 3}),
        "invalid condition for $or, expected list of maps, got: 3",
    );
    refused(
        json!({"$gt": 3}),
        "operator $gt supported for field conditions only: 3",
    );
    refused(
        json!({"$gt": {"a": 3}}),
        r#"operator $gt supported for field conditions only: {"a":3}"#,
    );
    refused(
        json!({"a": [1]}),
        "invalid query condition for a, only list of maps supported: [1]",
    );
    refused(
        json!({"a": []}),
        "invalid query condition for a, only list of maps supported: []",
    );
    refused(
        json!({"$or": []}),
        "invalid query condition for $or, only list of maps supported: []",
    );
    refused(
        json!({"$or": [{}]}),
        "invalid condition for $or, a map in its list is empty",
    );
    refused(
        json!({"a": {}}),
        "invalid query condition for a, the map has no operator",
    );
    refused(
        json!({"a": {"$GT": 1}}),
        "invalid query condition for a $GT, only operators supported: 1",
    );
    refused(
        json!({"a": {"b": 1}}),
        "invalid query condition for a b, only operators supported: 1",
    );
    refused(
        json!({"a": {"$gt": {"b": 1}}}),
        r#"invalid query condition for a $gt, map not supported: {"b":1}"#,
    );
    refused(
        json!({"a": {"$gt": [1]}}),
        "invalid query condition for a $gt, only list of maps supported: [1]",
    );
    refused(
        json!({"a": {"$gt": [{"$lt": 1}]}}),
        r#"invalid condition for a $gt, list supported for logical operators only, got: [{"$lt":1}]"#,
    );
}

#[test]
fn nonsense_about_fields_is_refused() {
    refused(
        json!({"a": {"$or": [{"$gt": 2, "$lt": 1}]}}),
        r#"invalid logical condition for a $or, only one key supported: {"$gt":2,"$lt":1}"#,
    );
    refused(
        json!({"a": {"$or": [{"x": 1}]}}),
        "invalid logical condition for a x, only operators supported: 1",
    );
    refused(json!({"a'b": 1}), "field path cannot contain ': a'b");
    refused(json!({"a\"b": 1}), "field path cannot contain \": a\"b");
    refused(json!({"": 1}), "field path cannot be empty: ");
    refused(json!({"$x": 1}), "field path cannot begin with $: $x");
    refused(
        json!({"_json": 1}),
        "querying _json directly is not supported",
    );
    refused(
        json!({"a": "\u{0}"}),
        "the value for a contains a NUL character",
    );
    refused(json!([1]), "invalid filter, expected a dict, got: [1]");
}

#[test]
fn filters_are_bounded() {
    let mut deep = json!({"a": 1});
    for _ in 0..9 {
        deep = json!({"$or": [deep]});
    }
    refused(deep, "the filter is nested deeper than 8");
    let many: Vec<Value> = (0..201).map(|number| json!({"a": number})).collect();
    refused(
        json!({"$or": many}),
        "the filter has more than 200 comparisons",
    );
    refused(
        json!({"a": {"$like": "x".repeat(1001)}}),
        "a pattern of $like is longer than 1000 bytes",
    );
    refused(
        json!({"x".repeat(129): 1}),
        &format!(
            "field path cannot be longer than 128 bytes: {}",
            "x".repeat(129)
        ),
    );
}
