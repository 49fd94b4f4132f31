//! The filter language and the order of entries, the same on both kinds of database.

use serde_json::{Value, json};
use store::Query;

use crate::bench::{BY, Bench, each, filter};

/// One note of each kind of value, named after it.
fn values() -> Vec<Value> {
    let value = |title: &str, rank: Value| json!({"title": title, "rank": rank});
    vec![
        value("two", json!(2)),
        value("ten", json!(10)),
        value("half", json!(0.5)),
        value("minus", json!(-3.0)),
        value("true", json!(true)),
        value("false", json!(false)),
        value("null", Value::Null),
        json!({"title": "none"}),
        value("text", json!("abc")),
        value("capital", json!("ABC")),
        value("digits", json!("10")),
        value("empty", json!("")),
        value("umlaut", json!("äbc")),
        value("list", json!(["b", 1])),
        value("dict", json!({"a": 2, "zz": 1})),
        value("big", json!(9_007_199_254_740_993_i64)),
        value("bigger", json!(1e20)),
    ]
}

async fn check(bench: &Bench, condition: Value, expected: &[&str]) {
    let mut found = bench.titles(filter(condition.clone())).await;
    found.sort();
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected, "{:?}: {condition}", bench.backend);
    let count = bench.session().count("note", &condition, BY).await.unwrap();
    assert_eq!(count, i64::try_from(expected.len()).unwrap(), "{condition}");
}

const TEXTS: [&str; 7] = [
    "text", "capital", "digits", "empty", "umlaut", "list", "dict",
];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&TEXTS[..], more].concat()
}

#[test]
fn values_are_compared_by_their_kind() {
    each(async |bench| {
        bench.notes(&values()).await;
        let rank = |condition: Value| json!({ "rank": condition });
        for (condition, expected) in [
            (json!(10), vec!["ten"]),
            (json!(10.0), vec!["ten"]),
            (json!("10"), vec!["digits"]),
            (json!(true), vec!["true"]),
            (json!(1), vec!["true"]),
            (json!(false), vec!["false"]),
            (json!(0.5), vec!["half"]),
            (json!(""), vec!["empty"]),
            (Value::Null, vec![]),
            (json!({"$ne": null}), vec![]),
            (json!("[\"b\",1]"), vec!["list"]),
            (json!("{\"a\":2,\"zz\":1}"), vec!["dict"]),
            (json!(9_007_199_254_740_993_i64), vec!["big"]),
            (json!(9_007_199_254_740_992_i64), vec![]),
            (json!(1e20), vec!["bigger"]),
            (json!({"$gt": 2}), with(&["ten", "big", "bigger"])),
            (json!({"$gte": 2}), with(&["two", "ten", "big", "bigger"])),
            (json!({"$lt": 2}), vec!["half", "minus", "true", "false"]),
            (json!({"$lte": 1}), vec!["half", "minus", "true", "false"]),
            (
                json!({"$ne": 2}),
                with(&["ten", "half", "minus", "true", "false", "big", "bigger"]),
            ),
            (json!({"$lt": 2, "$gt": 0}), vec!["half", "true"]),
            (json!({"$gt": "abc"}), vec!["umlaut", "dict"]),
            (json!({"$gte": "abc"}), vec!["umlaut", "dict", "text"]),
            (
                json!({"$lt": "B"}),
                vec![
                    "two", "ten", "half", "minus", "true", "false", "big", "bigger", "capital",
                    "digits", "empty",
                ],
            ),
            (
                json!({"$ne": "abc"}),
                vec![
                    "two", "ten", "half", "minus", "true", "false", "big", "bigger", "capital",
                    "digits", "empty", "umlaut", "list", "dict",
                ],
            ),
            (json!({"$eq": "abc"}), vec!["text"]),
            (json!({"$like": "a%"}), vec!["text", "capital"]),
            (json!({"$like": "_BC"}), vec!["text", "capital", "umlaut"]),
            (json!({"$like": "Äbc"}), vec![]),
            (
                json!({"$like": "1%"}),
                vec!["ten", "true", "digits", "bigger"],
            ),
            (json!({"$like": "0"}), vec!["false"]),
            (json!({"$like": "\\%"}), vec![]),
            (json!({"$like": true}), vec!["true"]),
            (
                json!({"$or": [{"$lt": 0}, {"$eq": "abc"}]}),
                vec!["minus", "text"],
            ),
            (json!({"$and": [{"$gt": 0}, {"$lt": 1}]}), vec!["half"]),
        ] {
            check(&bench, rank(condition), &expected).await;
        }
    });
}

#[test]
fn conditions_are_joined() {
    each(async |bench| {
        bench.notes(&values()).await;
        let minus = bench
            .session()
            .select_one("note", &json!({"title": "minus"}), BY)
            .await
            .unwrap();
        assert_eq!(minus.fields["_id"], 4);
        for (condition, expected) in [
            (json!({"rank": 2, "title": "two"}), vec!["two"]),
            (json!({"rank": 2, "title": "ten"}), vec![]),
            (
                json!({"$or": [{"rank": 2, "title": "two"}, {"rank": 10}]}),
                vec!["two", "ten"],
            ),
            (
                json!({"$or": [{"rank": 2}, {"rank": 10}], "title": {"$like": "t%"}}),
                vec!["two", "ten"],
            ),
            (json!({"_id": 1}), vec!["two"]),
            (json!({"_id": 1.0}), vec!["two"]),
            (json!({"_id": "1"}), vec!["two"]),
            (json!({"_id": {"$lt": 2.5}}), vec!["two", "ten"]),
            (json!({"_id": "x"}), vec![]),
            (
                json!({"_created_by": "local:dev", "_id": {"$lte": 2}}),
                vec!["two", "ten"],
            ),
            (
                json!({"_created_by": {"$like": "LOCAL:%"}, "_id": 3}),
                vec!["half"],
            ),
            (json!({"_created_at": {"$lt": BY.now}}), vec![]),
            (json!({"_version": 0, "_id": 2}), vec!["ten"]),
            (json!({"no such field": 1}), vec![]),
        ] {
            check(&bench, condition, &expected).await;
        }
        let like = bench
            .session()
            .count("note", &json!({"_id": {"$like": "1_"}}), BY)
            .await;
        assert_eq!(like, Ok(8), "10 to 17");
        let all: Vec<String> = bench.titles(filter(json!({"_id": {"$lt": "x"}}))).await;
        assert_eq!(all.len(), values().len(), "every number is less than text");
    });
}

#[test]
fn entries_are_put_in_order() {
    each(async |bench| {
        bench.notes(&values()).await;
        let up = [
            "null", "none", "minus", "false", "half", "true", "two", "ten", "big", "bigger",
            "empty", "digits", "capital", "list", "text", "dict", "umlaut",
        ];
        let sorted = async |sort: &[&str]| {
            let sort = sort.iter().map(|field| (*field).to_owned()).collect();
            bench
                .titles(Query {
                    sort,
                    ..Query::default()
                })
                .await
        };
        assert_eq!(sorted(&["rank"]).await, up);
        let down = sorted(&["rank:DESC", "_id:desc"]).await;
        assert_eq!(down, up.iter().rev().copied().collect::<Vec<_>>());
        assert_eq!(sorted(&["_id:desc"]).await[0], "bigger");
        assert_eq!(sorted(&["_created_by", "title:desc"]).await[0], "umlaut");
        assert_eq!(sorted(&[]).await[0], "two", "without an order, by id");
    });
}

#[test]
fn results_are_cut() {
    each(async |bench| {
        bench.notes(&values()).await;
        let cut = |offset: i64, limit: i64| Query {
            offset,
            limit,
            ..Query::default()
        };
        assert_eq!(bench.titles(cut(1, 2)).await, ["ten", "half"]);
        assert_eq!(bench.titles(cut(16, 5)).await, ["bigger"]);
        assert!(bench.titles(cut(100, 0)).await.is_empty());
        let session = bench.session();
        let refused = async |query: Query| {
            session
                .select("note", &query, BY)
                .await
                .err()
                .unwrap()
                .to_string()
        };
        assert_eq!(
            refused(cut(0, 100_001)).await,
            "select limit 100001 exceeds max limit 100000"
        );
        assert_eq!(refused(cut(-1, 1)).await, "select offset -1 is invalid");
    });
}

#[test]
fn names_and_values_stay_data() {
    each(async |bench| {
        bench.notes(&values()).await;
        let nasty = "x'; DROP TABLE note; --";
        assert_eq!(
            bench
                .session()
                .count("note", &json!({"title": nasty}), BY)
                .await,
            Ok(0)
        );
        assert_eq!(
            bench
                .session()
                .count("note", &json!({"?": "?", "$1".replace('$', "x"): "$1"}), BY)
                .await,
            Ok(0)
        );
        for name in [nasty, "a\"b", "a\\", "$a", "[0]", "a\nb"] {
            let problem = bench
                .session()
                .count("note", &json!({name: 1}), BY)
                .await
                .unwrap_err();
            assert!(
                problem.to_string().starts_with("field path cannot"),
                "{name}: {problem}"
            );
        }
    });
}
