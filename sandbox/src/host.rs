//! The host side: starts workers, hands them requests, answers their plugin calls, kills them.
//!
//! The host believes nothing a worker says: frames are bounded and parsed, plugin calls are admitted
//! one at a time per request, time is measured here, and whoever breaks the rules is killed.

mod app;
mod crew;
mod flight;
mod forward;
mod init;
mod process;
mod shown;
mod stream;
mod turns;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use policy::{Gate, Instance};
use secrets::Secrets;

use crate::error::AppError;
use crate::inspection::Inspection;
use crate::limits::Limits;
use crate::plugin::settings::{Blocks, Links};
use crate::plugin::{self, Plugins, Premises};
use crate::served::Served;
use crate::source::Source;
use crate::surroundings::Surroundings;
use init::Prepared;
use process::Process;

pub use app::{Answered, App};
pub use stream::Pieces;

/// What the sandbox needs from the gateway.
#[derive(Clone)]
pub struct Config {
    /// The binary that is started as `<binary> worker`.
    pub worker: PathBuf,
    /// Bounds of apps that are inspected.
    pub limits: Limits,
    /// Admits every plugin call.
    pub gate: Arc<Gate>,
    /// Reveals secrets inside outgoing calls.
    pub secrets: Arc<Secrets>,
    /// The clock.
    pub now: fn() -> jiff::Timestamp,
    /// The folder in which apps keep data and temporary files; its owner's alone.
    pub data: PathBuf,
    /// Folders whose files apps may offer for download.
    pub file_access: Vec<PathBuf>,
    /// Remembers the files that apps offer.
    pub served: Arc<dyn Served>,
    /// Settings of plugins.
    pub settings: Arc<Blocks>,
}

/// One installed version of an app.
#[derive(Clone)]
pub struct Spec {
    /// Which app, for policy and records.
    pub instance: Arc<Instance>,
    /// Its files.
    pub source: Arc<Source>,
    /// Parameter values set by the operator.
    pub params: BTreeMap<String, String>,
    /// What it declared.
    pub inspection: Arc<Inspection>,
    /// Its bounds.
    pub limits: Limits,
    /// The accounts it is linked to, by the name it loads the plugin with.
    pub accounts: Links,
    /// Where it runs.
    pub surroundings: Surroundings,
}

/// The path of `host:/path` or `/path`, empty for a root app.
pub(crate) fn mount(path: &str) -> &str {
    let path = path.find('/').and_then(|at| path.get(at..)).unwrap_or("");
    path.trim_end_matches('/')
}

/// Runs apps.
pub struct Sandbox {
    config: Arc<Config>,
    plugins: Arc<Plugins>,
    own_limits: BTreeMap<String, Limits>,
    surroundings: Surroundings,
}

impl Sandbox {
    /// Makes a sandbox and removes temporary files that an earlier one has left; nothing is started yet.
    pub fn new(config: Config) -> Self {
        plugin::clear(&config.data);
        let plugins = Arc::new(Plugins::new(
            Arc::clone(&config.gate),
            Arc::clone(&config.secrets),
            Premises {
                now: config.now,
                data: config.data.clone(),
                file_access: config.file_access.clone(),
                served: Arc::clone(&config.served),
                warden: Some(config.worker.clone()),
            },
        ));
        Self {
            config: Arc::new(config),
            plugins,
            own_limits: BTreeMap::new(),
            surroundings: Surroundings::default(),
        }
    }

    /// The same sandbox, in which some apps, by their path, have bounds of their own.
    #[must_use]
    pub fn with_own_limits(self, own_limits: BTreeMap<String, Limits>) -> Self {
        Self { own_limits, ..self }
    }

    /// The same sandbox, whose apps are told this.
    #[must_use]
    pub fn with_surroundings(self, surroundings: Surroundings) -> Self {
        Self {
            surroundings,
            ..self
        }
    }

    /// What all apps are told.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Evaluates an app in a worker of its own whose plugins do nothing.
    pub async fn inspect(
        &self,
        source: &Source,
        params: &BTreeMap<String, String>,
    ) -> Result<Inspection, AppError> {
        self.inspect_in(source, params, &self.surroundings).await
    }

    /// [`Sandbox::inspect`] of an app that is told something of its own.
    pub async fn inspect_in(
        &self,
        source: &Source,
        params: &BTreeMap<String, String>,
        surroundings: &Surroundings,
    ) -> Result<Inspection, AppError> {
        let (source, params) = (source.clone(), params.clone());
        let prepared = tokio::task::spawn_blocking(move || Prepared::new(&source, &params)).await;
        let given_up = |_| AppError::Unavailable("the app could not be prepared".to_owned());
        let prepared = prepared.map_err(given_up)?.within(surroundings.clone());
        let mut process = Process::start(&self.config.worker, &self.config.limits).await?;
        let init = prepared.init(true, "", &self.config.limits);
        let loaded = process.load(init, &self.config.limits).await;
        process.end().await;
        let found = loaded.map_err(|error| prepared.shown(error))?;
        let inspection = shown::inspection(&found, &prepared.tokens)
            .map_err(|error| AppError::Load(error.to_string()))?;
        Ok(Inspection {
            references: prepared.tokens.references(),
            ..inspection
        })
    }

    /// The store of files that apps offer for download.
    pub fn served(&self) -> Arc<dyn Served> {
        Arc::clone(&self.config.served)
    }

    /// The bounds of the app served at `path`.
    pub fn limits(&self, path: &str) -> &Limits {
        self.own_limits.get(path).unwrap_or(&self.config.limits)
    }

    /// An app ready to serve; its worker starts with the first request.
    pub fn app(&self, spec: Spec) -> Arc<App> {
        Arc::new(App::new(
            spec,
            Arc::clone(&self.config),
            Arc::clone(&self.plugins),
        ))
    }
}
