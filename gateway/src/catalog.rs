//! What is served where: the installed apps by host and path, swapped as a whole.
//!
//! A request sees one catalog from beginning to end, so an update never mixes two versions.

mod address;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use policy::{AppId, Instance};
use sandbox::{App, Inspection, Source};

pub use address::{Address, AddressError};

/// An app as it is served.
pub struct Installed {
    /// Where it is served.
    pub address: Address,
    /// What policy knows of it.
    pub instance: Arc<Instance>,
    /// Where its handlers run.
    pub app: Arc<App>,
    /// Its routes and declarations.
    pub inspection: Arc<Inspection>,
    /// Its files, for what is served without running anything.
    pub source: Arc<Source>,
}

/// All installed apps.
#[derive(Clone, Default)]
pub struct Catalog {
    /// Host (empty: the default one) to path to app.
    hosts: HashMap<String, BTreeMap<String, Arc<Installed>>>,
}

impl Catalog {
    /// The app serving `path` on `host`.
    ///
    /// `host` is canonical: lower case, without port. `path` is canonical and begins with `/`.
    pub fn find(&self, host: &str, path: &str) -> Option<Arc<Installed>> {
        let apps = self.hosts.get(address::bucket(host))?;
        let mut prefix = path;
        while !prefix.is_empty() {
            if let Some(app) = apps.get(prefix) {
                return Some(Arc::clone(app));
            }
            prefix = prefix.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        apps.get("/").cloned()
    }

    /// The app at exactly this address.
    pub fn at(&self, address: &Address) -> Option<Arc<Installed>> {
        self.hosts.get(address.host())?.get(address.path()).cloned()
    }

    /// The app with this id.
    pub fn by_id(&self, app: &AppId) -> Option<Arc<Installed>> {
        self.apps()
            .find(|installed| installed.instance.app == *app)
            .cloned()
    }

    /// Every app, by host and path.
    pub fn apps(&self) -> impl Iterator<Item = &Arc<Installed>> {
        let hosts: BTreeMap<_, _> = self.hosts.iter().collect();
        hosts.into_values().flat_map(BTreeMap::values)
    }

    /// The app whose address lies above or below `address`, which therefore cannot be used.
    pub fn nested(&self, address: &Address) -> Option<Arc<Installed>> {
        self.hosts
            .get(address.host())?
            .values()
            .find(|app| app.address.nests(address))
            .cloned()
    }

    /// The catalog with `app` at its address, in place of what was there.
    #[must_use]
    pub fn with(&self, app: Arc<Installed>) -> Catalog {
        let mut next = self.clone();
        let paths = next.hosts.entry(app.address.host().to_owned()).or_default();
        paths.insert(app.address.path().to_owned(), app);
        next
    }

    /// The catalog without the app at `address`.
    #[must_use]
    pub fn without(&self, address: &Address) -> Catalog {
        let mut next = self.clone();
        if let Some(paths) = next.hosts.get_mut(address.host()) {
            paths.remove(address.path());
        }
        next
    }
}

#[cfg(test)]
mod tests;
