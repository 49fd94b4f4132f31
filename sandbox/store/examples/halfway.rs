//! Commits some entries, writes more without committing them, and waits to be killed.
#![expect(clippy::unwrap_used, reason = "a test looks at how it ends")]

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use store::{Bounds, By, Database, Field, Kind, Schema, Session, Store, Type};

const BY: By<'static> = By {
    user: "local:dev",
    now: 1,
};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().unwrap();
    let (address, folder, app) = (next(), next(), next());
    let database = Database::new(&address, Path::new(&folder), None, Bounds::default()).unwrap();
    let store = Store::new(Arc::new(database), &app, &schema()).unwrap();
    let session = Session::new(Arc::new(store));
    insert(&session, "committed").await;
    session.commit(BY).await.unwrap();
    insert(&session, "half").await;
    println!("committed 20, began 20");
    std::future::pending::<()>().await;
}

/// Writes in a transaction that stays open.
async fn insert(session: &Session, title: &str) {
    session.begin(BY).await.unwrap();
    for number in 0..20 {
        let entry = json!({"title": format!("{title}{number}"), "text": "x".repeat(100_000)});
        let entry = entry.as_object().cloned().unwrap();
        session.insert("note", entry, BY).await.unwrap();
    }
}

fn schema() -> Schema {
    Schema {
        types: vec![Type {
            name: "note".to_owned(),
            fields: vec![Field {
                name: "title".to_owned(),
                kind: Kind::String,
                default: None,
            }],
            indexes: Vec::new(),
        }],
        etag: "another".to_owned(),
    }
}
