//! Which database an app's documents are in. Databases are opened once for all apps that use them.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use store::{Bounds, Database, Problem, Schema, Store};

use crate::plugin::errand::Errand;
use crate::plugin::settings::Block;

/// What authors and operators have to do before documents can be kept.
const NO_SCHEMA: &str = "store info not found; declare the types of documents in schema.star";
const NO_SETTINGS: &str =
    "db connection string not found in config; link the app to an account that has settings";
/// Most databases, and most apps, that are kept at hand.
const MOST: NonZeroUsize = NonZeroUsize::MIN.saturating_add(255);

/// The databases in use.
pub struct Places {
    folder: PathBuf,
    databases: Mutex<LruCache<Address, Arc<Database>>>,
    stores: Mutex<LruCache<(Address, String, String), Arc<Store>>>,
}

/// A connection as the operator writes it, with the password of its file.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Address {
    connection: String,
    password: Option<String>,
}

impl Places {
    /// Nothing is open; relative paths begin at `folder`.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            databases: Mutex::new(LruCache::new(MOST)),
            stores: Mutex::new(LruCache::new(MOST)),
        }
    }

    /// The store of the app that makes this call.
    pub async fn store(&self, errand: &Errand<'_>) -> Result<Arc<Store>, Problem> {
        let schema = errand.session.schema();
        let schema = schema.ok_or_else(|| invalid(NO_SCHEMA))?;
        let settings = errand.settings().ok_or_else(|| invalid(NO_SETTINGS))?;
        let app = errand.acting.instance.app.as_str();
        let address = Address::new(settings, &self.folder, app)
            .await
            .map_err(unusable)?;
        self.at(address, app, schema)
    }

    fn at(&self, address: Address, app: &str, schema: &Schema) -> Result<Arc<Store>, Problem> {
        let key = (address.clone(), app.to_owned(), schema.etag.clone());
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        let database = || self.database(address).map_err(unusable);
        let make = || Ok(Arc::new(Store::new(database()?, app, schema)?));
        stores.try_get_or_insert(key, make).cloned()
    }

    fn database(&self, address: Address) -> Result<Arc<Database>, String> {
        let mut databases = self
            .databases
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Address {
            connection,
            password,
        } = address.clone();
        let make = || {
            let bounds = Bounds::default();
            let made = Database::new(&connection, &self.folder, password.as_deref(), bounds);
            made.map(Arc::new)
        };
        databases.try_get_or_insert(address, make).cloned()
    }
}

impl Address {
    /// What the operator says; otherwise each app has a file of its own, so that none waits for another.
    async fn new(settings: &Block, folder: &Path, app: &str) -> Result<Address, String> {
        let password = match settings.get("password_file") {
            Some(file) => Some(password(folder.join(file)).await?),
            None => None,
        };
        let usual = || format!("sqlite:store/{app}.db");
        let connection = settings.get("db_connection").cloned();
        Ok(Address {
            connection: connection.unwrap_or_else(usual),
            password,
        })
    }
}

/// The first line of a file.
async fn password(file: PathBuf) -> Result<String, String> {
    let shown = file.display().to_string();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(file)).await;
    let read = read.map_err(|error| error.to_string())?;
    let text = read.map_err(|error| format!("password_file `{shown}`: {error}"))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn invalid(problem: &str) -> Problem {
    Problem::Invalid(problem.to_owned())
}

/// The operator reads why; the app only learns that it is so.
fn unusable(problem: String) -> Problem {
    tracing::warn!("the settings of store.in cannot be used: {problem}");
    Problem::Unreachable
}
