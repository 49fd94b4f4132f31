//! A database by its address, and the documents of one app in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::{OnceCell, Semaphore};

use crate::bounds::Bounds;
use crate::layout::Layout;
use crate::pool::{Lease, Maker, Pool};
use crate::postgres::{Address, Server};
use crate::problem::Problem;
use crate::schema::Schema;
use crate::sqlite::File;

/// A database; nothing is opened before it is used.
pub struct Database {
    pool: Arc<Pool>,
    bounds: Bounds,
}

/// The documents of one app.
pub struct Store {
    database: Arc<Database>,
    layout: Layout,
    share: Arc<Semaphore>,
    ready: OnceCell<()>,
}

/// Who does something, and when.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The user, as they are known to the gateway.
    pub user: &'a str,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// The fields of a document given by an app.
pub type Fields = Map<String, Value>;

impl Database {
    /// The database at `sqlite:PATH` or `postgres://…`. A relative path begins at `folder`; `password`
    /// stands in for the one that is not in the address. The error is for the operator.
    pub fn new(
        address: &str,
        folder: &Path,
        password: Option<&str>,
        bounds: Bounds,
    ) -> Result<Database, String> {
        let maker: Box<dyn Maker> = match address.split_once(':') {
            Some(("sqlite", path)) => Box::new(File::new(file(path, folder)?, bounds.clone())),
            Some(("postgres" | "postgresql", _)) => {
                let address = Address::parse(address, password)?;
                Box::new(Server::new(address, bounds.clone()))
            }
            _ => return Err("it begins neither with sqlite: nor with postgres://".to_owned()),
        };
        Ok(Database {
            pool: Arc::new(Pool::new(maker, bounds.connections, bounds.wait)),
            bounds,
        })
    }
}

/// Whether an address makes sense; the error is for the operator.
pub fn check(address: &str) -> Result<(), String> {
    Database::new(address, Path::new(""), None, Bounds::default()).map(drop)
}

impl Store {
    /// The documents of the app `app`, which declares `schema`.
    pub fn new(database: Arc<Database>, app: &str, schema: &Schema) -> Result<Store, Problem> {
        Ok(Store {
            share: Arc::new(Semaphore::new(database.bounds.share)),
            database,
            layout: Layout::new(app, schema)?,
            ready: OnceCell::new(),
        })
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn bounds(&self) -> &Bounds {
        &self.database.bounds
    }

    /// A connection; the tables exist by now.
    pub(crate) async fn connection(&self, by: By<'_>) -> Result<Lease, Problem> {
        let mut lease = self.database.pool.take(&self.share).await?;
        let prepare = async || {
            self.layout
                .prepare(lease.connection()?, (by.user, by.now))
                .await
        };
        self.ready.get_or_try_init(prepare).await?;
        Ok(lease)
    }
}

fn file(path: &str, folder: &Path) -> Result<PathBuf, String> {
    match path.strip_prefix("//").unwrap_or(path) {
        "" => Err("it names no file".to_owned()),
        ":memory:" => Err("a database in memory forgets everything; name a file".to_owned()),
        path => Ok(folder.join(path)),
    }
}
