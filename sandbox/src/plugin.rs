//! The host side of plugin calls. Each call is bound to its parameters, brought into the one form
//! that is both judged and done, admitted at the gate, and only then carried out. Secrets join it
//! at the last moment, each by a decision of its own, and leave no trace in what comes back.

mod argument;
mod bounds;
mod carried;
mod errand;
mod exec;
mod fs;
mod http;
pub mod message;
pub mod proxy;
pub mod session;
pub mod settings;
mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use policy::{Acting, Bound, Function, Gate, Instance, Moment};
use secrets::{Secrets, Tokens};

use self::store::Places;
use crate::served::Served;
use errand::{Errand, Stop};
pub(crate) use http::{Clients, address};
use message::{CallAnswer, CallRequest};
use proxy::Ways;
use session::Session;

pub use bounds::Bounds;
pub use exec::resolve_program;
pub use fs::real_path;

/// The folder of temporary files.
const TEMPORARY: &str = "tmp";

/// Plugins that are for people we know, whatever policy says.
const SYSTEM: &[&str] = &["exec.in", "openrun_admin.in", "build.in"];

/// Runs the plugin calls of apps.
pub struct Plugins {
    gate: Arc<Gate>,
    secrets: Arc<Secrets>,
    premises: Premises,
    bounds: Bounds,
    clients: Clients,
    ways: Ways,
    places: Places,
}

/// What plugins have on the gateway's host.
#[derive(Clone)]
pub struct Premises {
    /// The clock.
    pub now: fn() -> jiff::Timestamp,
    /// The folder in which apps keep data and temporary files.
    pub data: PathBuf,
    /// Folders whose files apps may offer for download.
    pub file_access: Vec<PathBuf>,
    /// Remembers the files that apps offer.
    pub served: Arc<dyn Served>,
    /// The binary that is started as `<binary> worker --warden` around a program; none in tests.
    pub warden: Option<PathBuf>,
}

/// Removes the temporary files below the data folder; no request that needs them is left.
pub fn clear(data: &Path) {
    match std::fs::remove_dir_all(data.join(TEMPORARY)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, "old temporary files cannot be removed");
        }
        Ok(()) | Err(_) => {}
    }
}

impl Premises {
    /// The folder for temporary files of an app; it may not exist yet.
    pub fn temporary(&self, instance: &Instance) -> PathBuf {
        self.data.join(TEMPORARY).join(instance.app.as_str())
    }
}

impl Plugins {
    /// Makes the plugins; every call is admitted by `gate`.
    pub fn new(gate: Arc<Gate>, secrets: Arc<Secrets>, premises: Premises) -> Self {
        Self {
            places: Places::new(&premises.data),
            gate,
            secrets,
            premises,
            bounds: Bounds::default(),
            clients: Clients::new(),
            ways: Ways::new(),
        }
    }

    /// The same with other bounds on single calls.
    #[cfg(test)]
    #[must_use]
    pub fn bounded(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// Admits and runs one call of the app instance in `acting`, whose references are in `tokens`; what it
    /// leaves open lives in `session`, which all calls of the request share.
    pub async fn call(
        &self,
        acting: &Arc<Acting>,
        request: CallRequest,
        (at, tokens, session): (&Moment, &Tokens, &Session),
    ) -> CallAnswer {
        let (plugin, account) = policy::account(&request.plugin);
        let name = format!("{}.{}", request.plugin, request.function);
        let errand = Errand {
            plugins: self,
            acting,
            at,
            tokens,
            session,
            loaded: &request.plugin,
            name: &name,
            account,
        };
        if SYSTEM.contains(&plugin) && !errand.is_authenticated() {
            let message = format!("plugin {} requires an authenticated user", request.plugin);
            return errand.forbidden("plugin.anonymous", &message).into();
        }
        let Some(function) = policy::function(plugin, &request.function) else {
            return errand.unknown().into();
        };
        let answer = match policy::bind(
            plugin,
            &request.function,
            request.positional,
            request.keyword,
        ) {
            Ok(bound) => self
                .run(&errand, function, bound)
                .await
                .unwrap_or_else(CallAnswer::from),
            Err(problem) => errand.malformed(&problem.to_string()).into(),
        };
        answer.within(self.bounds.answer)
    }

    async fn run(
        &self,
        errand: &Errand<'_>,
        function: &'static Function,
        bound: Bound,
    ) -> Result<CallAnswer, Stop> {
        match function.plugin {
            "http.in" => http::run(errand, &bound).await,
            "fs.in" => fs::run(errand, &bound).await,
            "exec.in" => exec::run(errand, &bound).await,
            "store.in" => store::run(errand, bound).await,
            _ => Err(errand.unknown()),
        }
    }
}

#[cfg(test)]
mod tests;
