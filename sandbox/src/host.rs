//! The host side: starts workers, hands them requests, answers their plugin calls, kills them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use policy::{Acting, Gate, Instance, Moment};
use secrets::Secrets;

use crate::error::AppError;
use crate::inspection::Inspection;
use crate::limits::Limits;
use crate::plugin::Plugins;
use crate::request::{AppRequest, AppResponse};
use crate::source::Source;

/// What the sandbox needs from the gateway.
#[derive(Clone)]
pub struct Config {
    /// The binary that is started as `<binary> worker`.
    pub worker: PathBuf,
    /// Bounds of each app.
    pub limits: Limits,
    /// Admits every plugin call.
    pub gate: Arc<Gate>,
    /// Reveals secrets inside outgoing calls.
    pub secrets: Arc<Secrets>,
    /// The clock.
    pub now: fn() -> jiff::Timestamp,
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
}

/// Runs apps.
pub struct Sandbox {
    config: Config,
    plugins: Arc<Plugins>,
}

impl Sandbox {
    /// Makes a sandbox; nothing is started yet.
    pub fn new(config: Config) -> Self {
        let plugins = Arc::new(Plugins::new(Arc::clone(&config.gate), Arc::clone(&config.secrets)));
        Self { config, plugins }
    }

    /// Evaluates an app in a worker of its own whose plugins do nothing.
    pub async fn inspect(&self, source: &Source, params: &BTreeMap<String, String>) -> Result<Inspection, AppError> {
        let _ = (source, params, &self.config, &self.plugins);
        Err(AppError::Load("not built yet".into()))
    }

    /// An app ready to serve; its worker starts with the first request.
    pub fn app(&self, spec: Spec) -> Arc<App> {
        Arc::new(App { spec })
    }
}

/// One app and, while it is used, its worker.
pub struct App {
    spec: Spec,
}

impl App {
    /// Runs the handler of one route for the one `acting` names.
    pub async fn serve(&self, request: AppRequest, acting: Arc<Acting>, at: &Moment) -> Result<AppResponse, AppError> {
        let _ = (request, acting, at, &self.spec);
        Err(AppError::Unavailable("not built yet".into()))
    }

    /// Stops the worker; the next request starts a new one.
    pub async fn stop(&self) {}
}
