//! The bench that every test works on: a database of each kind, and an app with a schema.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value, json};
use store::{
    Bounds, By, Cursor, Database, Document, Field, Fields, Index, IndexField, Kind, Problem, Query,
    Schema, Session, Store, Type, etag,
};
use tempfile::TempDir;

use crate::server::Postgres;

/// The kinds of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// One database with an app of its own.
pub struct Bench {
    pub backend: Backend,
    pub folder: TempDir,
    pub app: String,
    pub address: String,
    pub database: Arc<Database>,
    pub store: Arc<Store>,
}

pub const BY: By<'static> = By {
    user: "local:dev",
    now: 1_800_000_000_000,
};

/// Runs a test on each kind of database.
pub fn each(test: impl AsyncFn(Bench)) {
    with(Bounds::default(), test);
}

/// The same with other bounds.
pub fn with(bounds: Bounds, test: impl AsyncFn(Bench)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        println!("{backend:?}");
        runtime.block_on(async { test(Bench::new(backend, bounds.clone())).await });
    }
}

impl Bench {
    /// A database of this kind with an app that nobody else has.
    pub fn new(backend: Backend, bounds: Bounds) -> Bench {
        static APPS: AtomicU64 = AtomicU64::new(1);
        let folder = TempDir::new().unwrap();
        let app = format!(
            "app{}x{}",
            std::process::id(),
            APPS.fetch_add(1, Ordering::Relaxed)
        );
        let address = match backend {
            Backend::Sqlite => "sqlite:store/app.db".to_owned(),
            Backend::Postgres => format!("{}?application_name={app}", Postgres::shared().address()),
        };
        let database = Arc::new(Database::new(&address, folder.path(), None, bounds).unwrap());
        let store = Store::new(Arc::clone(&database), &app, &schema()).unwrap();
        Bench {
            backend,
            folder,
            app,
            address,
            database,
            store: Arc::new(store),
        }
    }

    /// The session of a request.
    pub fn session(&self) -> Arc<Session> {
        Arc::new(Session::new(Arc::clone(&self.store)))
    }

    /// The app with another schema.
    pub fn changed(&self, schema: &Schema) -> Result<Arc<Session>, Problem> {
        let store = Store::new(Arc::clone(&self.database), &self.app, schema)?;
        Ok(Arc::new(Session::new(Arc::new(store))))
    }

    /// Stores notes with these fields.
    pub async fn notes(&self, notes: &[Value]) {
        let session = self.session();
        for note in notes {
            session
                .insert("note", fields(note.clone()), BY)
                .await
                .unwrap();
        }
    }

    /// The field `title` of the notes that a query finds.
    pub async fn titles(&self, query: Query) -> Vec<String> {
        let session = self.session();
        let mut cursor = session.select("note", &query, BY).await.unwrap();
        let titles = all(&mut cursor).await.into_iter();
        titles
            .map(|note| note.fields["title"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What the database itself says; the statement is the same for both kinds.
    pub fn sql(&self, sql: &str) -> String {
        match self.backend {
            Backend::Postgres => Postgres::shared().sql(sql),
            Backend::Sqlite => {
                let file =
                    rusqlite::Connection::open(self.folder.path().join("store/app.db")).unwrap();
                let mut statement = file.prepare(sql).unwrap();
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| {
                    let cells = (0..columns).map(|column| {
                        let cell: rusqlite::types::Value = row.get(column).unwrap();
                        match cell {
                            rusqlite::types::Value::Integer(whole) => whole.to_string(),
                            rusqlite::types::Value::Text(text) => text,
                            other => format!("{other:?}"),
                        }
                    });
                    Ok(cells.collect::<Vec<_>>().join("|"))
                });
                rows.unwrap()
                    .map(Result::unwrap)
                    .collect::<Vec<_>>()
                    .join("\n")
            }
        }
    }
}

/// All documents of a cursor.
pub async fn all(cursor: &mut Cursor) -> Vec<Document> {
    let mut found = Vec::new();
    loop {
        let batch = cursor.next().await.unwrap();
        found.extend(batch.documents);
        if !batch.more {
            return found;
        }
    }
}

pub fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// A note as an app makes it.
pub fn note(title: &str, rank: Value) -> Fields {
    fields(
        json!({"title": title, "rank": rank, "_id": 0, "_version": 0, "_created_by": "",
        "_updated_by": "", "_created_at": 0, "_updated_at": 0}),
    )
}

pub fn filter(filter: Value) -> Query {
    Query {
        filter,
        ..Query::default()
    }
}

/// Notes with a unique title and an index on their rank.
pub fn schema() -> Schema {
    typed("note", &[(&["title"], true), (&["-rank", "title"], false)])
}

pub fn typed(name: &str, indexes: &[(&[&str], bool)]) -> Schema {
    let field = |name: &&str| IndexField {
        name: name.trim_start_matches('-').to_owned(),
        descending: name.starts_with('-'),
    };
    let indexes: Vec<Index> = indexes
        .iter()
        .map(|(fields, unique)| Index {
            fields: fields.iter().map(field).collect(),
            unique: *unique,
        })
        .collect();
    Schema {
        etag: etag(&format!("{name}{indexes:?}")),
        types: vec![Type {
            name: name.to_owned(),
            fields: ["title", "rank"]
                .map(|name| Field {
                    name: name.to_owned(),
                    kind: Kind::String,
                    default: None,
                })
                .to_vec(),
            indexes,
        }],
    }
}
