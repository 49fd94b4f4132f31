//! Entries one at a time: what is written, what comes back, and what is refused.

use serde_json::{Value, json};
use store::{By, Problem};

use crate::bench::{BY, each, fields, note};

#[test]
fn entries_come_back_with_floats_and_columns() {
    each(async |bench| {
        let session = bench.session();
        let mut entry = note("first", json!(3));
        entry.insert("_id".into(), json!(77));
        entry.insert("_version".into(), json!(5));
        entry.insert("_updated_by".into(), json!("someone"));
        entry.insert(
            "tags".into(),
            json!(["a", 1, {"x": 2.5, "y": null, "z": true}]),
        );
        entry.insert("größe".into(), json!("'\"\\ \u{7f} ☃"));
        let id = session.insert("note", entry, BY).await.unwrap();
        assert_eq!(id, 1, "the id of the entry is not taken over");
        let found = session.select_by_id("note", id, BY).await.unwrap();
        assert_eq!(found.kind, "note");
        let text = Value::Object(found.fields.clone());
        assert_eq!(
            text,
            json!({"title": "first", "rank": 3.0, "tags": ["a", 1.0, {"x": 2.5, "y": null, "z": true}],
                "größe": "'\"\\ \u{7f} ☃", "_id": 1, "_version": 5, "_created_by": "local:dev",
                "_updated_by": "someone", "_created_at": BY.now, "_updated_at": BY.now})
        );
        assert!(found.fields["rank"].is_f64() && found.fields["_id"].is_i64());
    });
}

#[test]
fn updates_are_optimistic() {
    each(async |bench| {
        let session = bench.session();
        let id = session
            .insert("note", note("a", json!(1)), BY)
            .await
            .unwrap();
        let read = session.select_by_id("note", id, BY).await.unwrap();
        let mut changed = read.fields.clone();
        changed.insert("rank".into(), json!(2.0));
        let by = By {
            user: "local:ops",
            ..BY
        };
        assert_eq!(session.update("note", changed.clone(), by).await, Ok(1));
        let again = session.update("note", changed, by).await.unwrap_err();
        assert_eq!(
            again.to_string(),
            "entry 1 not found or concurrently updated in table \"note\""
        );
        let found = session.select_by_id("note", id, BY).await.unwrap().fields;
        assert_eq!(found["rank"], json!(2.0));
        assert_eq!(found["_created_by"], "local:dev");
        assert_eq!(found["_updated_by"], "local:ops");
        assert_eq!(
            found["_updated_at"],
            json!(BY.now + 1),
            "strictly greater at the same time"
        );
    });
}

#[test]
fn entries_are_counted_and_deleted() {
    each(async |bench| {
        bench
            .notes(&[
                json!({"title": "a", "rank": 1}),
                json!({"title": "b", "rank": 2}),
                json!({"title": "c", "rank": 2}),
            ])
            .await;
        let session = bench.session();
        let count = async |filter: Value| session.count("note", &filter, BY).await.unwrap();
        assert_eq!(count(json!({})).await, 3);
        assert_eq!(count(Value::Null).await, 3);
        assert_eq!(count(json!({"rank": 2})).await, 2);
        assert_eq!(session.delete_by_id("note", 1, BY).await, Ok(1));
        let gone = session.delete_by_id("note", 1, BY).await.unwrap_err();
        assert_eq!(gone.to_string(), "entry 1 not found in table \"note\"");
        assert_eq!(session.delete("note", &json!({"rank": 9}), BY).await, Ok(0));
        assert_eq!(session.delete("note", &json!({"rank": 2}), BY).await, Ok(2));
        assert_eq!(count(json!({})).await, 0);
        let id = session
            .insert("note", note("d", json!(1)), BY)
            .await
            .unwrap();
        assert_eq!(id, 4, "ids are not used again");
    });
}

#[test]
fn what_is_not_there_is_missing() {
    each(async |bench| {
        let session = bench.session();
        let by_id = session.select_by_id("note", 7, BY).await.unwrap_err();
        assert_eq!(by_id.to_string(), "entry 7 not found in table \"note\"");
        let one = session
            .select_one("note", &json!({"rank": 7}), BY)
            .await
            .unwrap_err();
        assert_eq!(
            one.to_string(),
            "entry WHERE {\"rank\":7} not found in table \"note\""
        );
        let update = session
            .update("note", note("x", json!(1)), BY)
            .await
            .unwrap_err();
        assert!(
            update.to_string().starts_with("entry 0 not found"),
            "{update}"
        );
    });
}

#[test]
fn the_first_match_is_the_oldest() {
    each(async |bench| {
        bench
            .notes(&[
                json!({"title": "b", "rank": 2}),
                json!({"title": "a", "rank": 2}),
            ])
            .await;
        let found = bench
            .session()
            .select_one("note", &json!({"rank": 2}), BY)
            .await
            .unwrap();
        assert_eq!(found.fields["title"], "b");
    });
}

#[test]
fn unique_indexes_hold() {
    each(async |bench| {
        let session = bench.session();
        session
            .insert("note", note("same", json!(1)), BY)
            .await
            .unwrap();
        let taken = session
            .insert("note", note("same", json!(2)), BY)
            .await
            .unwrap_err();
        assert_eq!(
            taken,
            Problem::Taken(
                "UNIQUE constraint failed: table \"note\" already has an entry with the same title (index on title)"
                    .to_owned()
            )
        );
        let id = session
            .insert("note", note("other", json!(1)), BY)
            .await
            .unwrap();
        let mut other = session.select_by_id("note", id, BY).await.unwrap().fields;
        other.insert("title".into(), json!("same"));
        let taken = session.update("note", other, BY).await.unwrap_err();
        assert!(matches!(taken, Problem::Taken(_)), "{taken}");
        for nothing in [
            json!({"rank": 1}),
            json!({"rank": 2}),
            json!({"title": null}),
            json!({"title": null}),
        ] {
            session.insert("note", fields(nothing), BY).await.unwrap();
        }
        session
            .insert("note", fields(json!({"title": 1})), BY)
            .await
            .unwrap();
        session
            .insert("note", fields(json!({"title": "1"})), BY)
            .await
            .unwrap();
        for alike in [
            json!({"title": 1.0}),
            json!({"title": true}),
            json!({"title": "1"}),
        ] {
            let taken = session
                .insert("note", fields(alike.clone()), BY)
                .await
                .unwrap_err();
            assert!(matches!(taken, Problem::Taken(_)), "{alike}: {taken}");
        }
    });
}

#[test]
fn what_cannot_be_stored_is_refused() {
    each(async |bench| {
        let session = bench.session();
        let refused = async |entry: Value| {
            session
                .insert("note", fields(entry), BY)
                .await
                .unwrap_err()
                .to_string()
        };
        assert!(refused(json!({"title": "a\u{0}b"})).await.contains("NUL"));
        assert!(
            refused(json!({"title": "x".repeat(5 << 20)}))
                .await
                .contains("longer than")
        );
        let table = session
            .insert("nope", note("a", json!(1)), BY)
            .await
            .unwrap_err();
        assert!(table.to_string().contains("is not defined"), "{table}");
        for name in ["cl_schema", "", "a;b", "note\""] {
            assert!(session.count(name, &json!({}), BY).await.is_err(), "{name}");
        }
    });
}
