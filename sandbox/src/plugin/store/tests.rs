//! `store.in` behind the gate: what is refused before the database hears of it, and where it is.

use std::sync::Arc;

use serde_json::{Value, json};
use store::{Field, Kind, Schema, Type};

use crate::plugin::message::CallAnswer;
use crate::plugin::session::Session;
use crate::plugin::settings::{Accounts, Block, Blocks, Links};
use crate::plugin::tests::{Fixture, failed, permission, refused, value};

fn schema() -> Schema {
    let field = |name: &str| Field {
        name: name.to_owned(),
        kind: Kind::String,
        default: None,
    };
    Schema {
        types: vec![Type {
            name: "note".to_owned(),
            fields: vec![field("title")],
            indexes: Vec::new(),
        }],
        etag: "1".to_owned(),
    }
}

fn fixture(permissions: &[&str]) -> Fixture {
    let permissions: Vec<_> = (permissions.iter())
        .map(|name| permission("store.in", name, &[]))
        .collect();
    let mut fixture = Fixture::new(&[], &permissions);
    fixture.session = session(Accounts::default());
    fixture
}

fn session(accounts: Accounts) -> Session {
    Session::with(Arc::new(accounts)).storing(Some(Arc::new(schema())))
}

fn note(title: &str) -> Value {
    json!({"$entry": {"type": "note", "fields": {"title": title, "_id": 0}}})
}

async fn call(fixture: &Fixture, function: &str, arguments: Value) -> CallAnswer {
    fixture
        .call("store.in", function, arguments, json!({}))
        .await
}

#[tokio::test]
async fn documents_come_and_go() {
    let fixture = fixture(&[
        "insert",
        "select",
        "select_by_id",
        "count",
        "begin",
        "commit",
    ]);
    assert_eq!(value(call(&fixture, "begin", json!([])).await), json!(true));
    for number in 1..=3 {
        let id = call(&fixture, "insert", json!(["note", note("x")])).await;
        assert_eq!(value(id), json!(number));
    }
    assert_eq!(
        value(call(&fixture, "commit", json!([])).await),
        json!(true)
    );
    let CallAnswer::Document(found) = call(&fixture, "select_by_id", json!(["note", 1])).await
    else {
        panic!("a document");
    };
    assert_eq!(
        (found.kind.as_str(), &found.fields["title"]),
        ("note", &json!("x"))
    );
    let by = found.fields["_created_by"].as_str().unwrap();
    assert_eq!(
        by,
        fixture.acting.on_behalf_of.as_ref().unwrap().id.to_string()
    );
    let answer = call(&fixture, "select", json!(["note", {}, ["_id:desc"], 0, 2])).await;
    let CallAnswer::Cursor {
        name, rows, more, ..
    } = answer
    else {
        panic!("a cursor: {answer:?}");
    };
    assert!(name.starts_with("store.in:rows_cursor_"), "{name}");
    assert_eq!((rows.len(), more), (2, false));
    assert!(fixture.session.end().await.is_empty());
}

#[tokio::test]
async fn nothing_is_done_without_permission() {
    let fixture = fixture(&["count"]);
    for (function, arguments) in [
        ("insert", json!(["note", note("x")])),
        ("delete", json!(["note", {}])),
        ("begin", json!([])),
    ] {
        let message = refused(call(&fixture, function, arguments).await);
        assert!(
            message.contains(&format!("not permitted to call store.in.{function}")),
            "{message}"
        );
    }
    assert_eq!(
        value(call(&fixture, "count", json!(["note", {}])).await),
        json!(0)
    );
    assert!(fixture.records().contains("store.in.insert"));
}

#[tokio::test]
async fn names_of_tables_are_judged_as_names() {
    let fixture = fixture(&["count"]);
    let long = "x".repeat(64);
    for (table, said) in [
        ("", "table name cannot be empty"),
        ("cl_schema", "table name \"cl_schema\" is reserved"),
        ("note; --", "invalid table name"),
        (&long, "exceeds max length 63"),
        ("other", "table \"other\" is not defined"),
    ] {
        let error = failed(call(&fixture, "count", json!([table, {}])).await);
        assert!(error.contains(said), "{table}: {error}");
    }
}

#[tokio::test]
async fn secrets_stay_out() {
    let mut fixture = fixture(&["insert", "count"]);
    let token = fixture.hidden("{{secret \"key\"}}");
    for (function, arguments) in [
        ("insert", json!(["note", note(&token)])),
        (
            "insert",
            json!(["note", {"$entry": {"type": "note", "fields": {"l": [{"x": token}]}}}]),
        ),
        ("count", json!(["note", {"title": token}])),
        ("count", json!(["note", {token.clone(): 1}])),
    ] {
        let error = failed(call(&fixture, function, arguments).await);
        assert_eq!(error, "a secret can neither be stored nor be looked for");
    }
}

#[tokio::test]
async fn a_store_needs_a_schema_and_an_account_that_exists() {
    let mut fixture = fixture(&["count"]);
    fixture.session = Session::new();
    let error = failed(call(&fixture, "count", json!(["note", {}])).await);
    assert!(error.starts_with("store info not found; "), "{error}");
    let links = Links::from([("store.in".to_owned(), "gone".to_owned())]);
    fixture.session = session(Accounts::new(Arc::new(Blocks::new()), links));
    let error = failed(call(&fixture, "count", json!(["note", {}])).await);
    let expected = "db connection string not found in config; ";
    assert!(error.starts_with(expected), "{error}");
    for (key, value) in [("db_connection", "mysql://x"), ("password_file", "nowhere")] {
        let block = Block::from([(key.to_owned(), value.to_owned())]);
        let blocks = Blocks::from([("store.in".to_owned(), block)]);
        fixture.session = session(Accounts::new(Arc::new(blocks), Links::new()));
        let error = failed(call(&fixture, "count", json!(["note", {}])).await);
        assert!(error.contains("cannot be reached"), "{error}");
    }
}

#[tokio::test]
async fn accounts_have_databases_of_their_own() {
    let mut fixture = fixture(&["insert", "count"]);
    let block = Block::from([("db_connection".to_owned(), "sqlite:other/x.db".to_owned())]);
    let blocks = Arc::new(Blocks::from([("store.in#work".to_owned(), block)]));
    let links = Links::from([("store.in".to_owned(), "work".to_owned())]);
    assert_eq!(
        value(call(&fixture, "insert", json!(["note", note("x")])).await),
        json!(1)
    );
    fixture.session = session(Accounts::new(Arc::clone(&blocks), links));
    assert_eq!(
        value(call(&fixture, "count", json!(["note", {}])).await),
        json!(0)
    );
    fixture.session = session(Accounts::new(blocks, Links::new()));
    assert_eq!(
        value(call(&fixture, "count", json!(["note", {}])).await),
        json!(1)
    );
}
