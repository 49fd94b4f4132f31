//! An app in a sandbox of its own, with everything it declares approved.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use policy::{Acting, AppPolicies, Facts};
use sandbox::{
    Answered, App, AppError, AppRequest, AppResponse, Config, Inspection, Limits, RouteMatch,
    Sandbox, Source, Spec, match_route,
};
use secrets::Secrets;
use tempfile::TempDir;

use crate::testing::{gate, instance, moment};

/// A page skeleton for apps that need one.
pub const INDEX: &str = "<h1>{{ .AppName }}</h1>{{ template \"openrun_body\" . }}";

/// Bounds that make runaway code end soon.
pub fn limits() -> Limits {
    Limits {
        handler: Duration::from_secs(3),
        memory_bytes: 512 << 20,
        heap_bytes: 64 << 20,
        ticks: 20_000_000,
        ..Limits::default()
    }
}

/// The files of an app.
pub fn source(files: &[(&str, &str)]) -> Source {
    let file =
        |(name, text): &(&str, &str)| ((*name).to_owned(), bytes::Bytes::from((*text).to_owned()));
    Source {
        files: files.iter().map(file).collect(),
    }
}

/// One installed app.
pub struct Fixture {
    pub app: Arc<App>,
    pub inspection: Arc<Inspection>,
    acting: Arc<Acting>,
    pub dir: TempDir,
}

/// A sandbox whose gate knows `policies`.
pub fn sandbox(dir: &Path, apps: Vec<AppPolicies>, limits: Limits) -> Sandbox {
    Sandbox::new(Config {
        worker: env!("CARGO_BIN_EXE_sallyport-worker").into(),
        limits,
        gate: Arc::new(gate(&dir.join("audit"), apps)),
        secrets: Arc::new(Secrets::new("env", Vec::new())),
        now: || jiff::Timestamp::UNIX_EPOCH,
        data: dir.join("data"),
        file_access: Vec::new(),
        served: Arc::new(sandbox::Forgetful::default()),
        settings: Arc::default(),
    })
}

impl Fixture {
    /// Installs an app with usual limits.
    pub async fn new(files: &[(&str, &str)]) -> Self {
        Self::install(source(files), limits()).await
    }

    /// Installs an app.
    pub async fn install(source: Source, limits: Limits) -> Self {
        Self::with_params(source, &[], limits).await
    }

    /// Installs an app with parameters set.
    pub async fn with_params(source: Source, params: &[(&str, &str)], limits: Limits) -> Self {
        let dir = TempDir::new().unwrap();
        let inspecting = TempDir::new().unwrap();
        let params: BTreeMap<_, _> = params
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let inspection = sandbox(inspecting.path(), Vec::new(), limits.clone())
            .inspect(&source, &params)
            .await
            .unwrap();
        let instance = Arc::new(instance(&["may-exec"]));
        let facts = Facts {
            program: &sandbox::resolve_program,
            real_path: &sandbox::real_path,
            secrets: &[],
            default_provider: "env",
        };
        let policies = policy::generate(&instance.id, &inspection.permissions, &facts).unwrap();
        let apps = vec![AppPolicies {
            instance: instance.id.clone(),
            policies,
        }];
        let inspection = Arc::new(inspection);
        let spec = Spec {
            instance: Arc::clone(&instance),
            source: Arc::new(source),
            params,
            inspection: Arc::clone(&inspection),
            limits: limits.clone(),
            accounts: sandbox::PluginLinks::new(),
            surroundings: sandbox::Surroundings::default(),
        };
        let app = sandbox(dir.path(), apps, limits).app(spec);
        Self {
            app,
            inspection,
            acting: Arc::new(Acting {
                instance,
                on_behalf_of: None,
            }),
            dir,
        }
    }

    /// Requests a path with headers.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<AppResponse, AppError> {
        self.serve(self.asked(method, path, headers)).await
    }

    fn asked(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> AppRequest {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let RouteMatch::Found { index, params, .. } =
            match_route(&self.inspection.routes, method, path)
        else {
            panic!("no route for {method} {path}");
        };
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        AppRequest {
            method: method.to_owned(),
            host: "localhost".to_owned(),
            scheme: "http".to_owned(),
            path: format!("/test{path}"),
            app_path: "/test".to_owned(),
            route: index,
            url_params: params,
            query: query.to_owned(),
            headers: headers.iter().map(header).collect(),
            now: moment().now,
            ..AppRequest::default()
        }
    }

    async fn serve(&self, request: AppRequest) -> Result<AppResponse, AppError> {
        let answered = self
            .app
            .serve(request, Arc::clone(&self.acting), &moment())
            .await?;
        match answered {
            Answered::Whole(response) => Ok(response),
            Answered::Stream { head, mut pieces } => {
                let mut body = Vec::new();
                while let Some(piece) = pieces.recv().await {
                    body.extend_from_slice(&piece.map_err(AppError::Unavailable)?);
                }
                Ok(AppResponse {
                    body: body.into(),
                    ..head
                })
            }
        }
    }

    /// The same in development mode.
    pub async fn develop(&self, path: &str) -> String {
        let request = AppRequest {
            is_dev: true,
            ..self.asked("GET", path, &[])
        };
        shown(self.serve(request).await)
    }

    /// Status and text of a GET, or `kind: message` of the error.
    pub async fn get(&self, path: &str) -> String {
        shown(self.request("GET", path, &[]).await)
    }
}

/// Status and text of a response, or `kind: message` of the error.
pub fn shown(answer: Result<AppResponse, AppError>) -> String {
    match answer {
        Ok(response) => format!(
            "{} {}",
            response.status,
            String::from_utf8_lossy(&response.body).trim()
        ),
        Err(AppError::Handler(message)) => format!("handler: {message}"),
        Err(AppError::Unavailable(message)) => format!("unavailable: {message}"),
        Err(AppError::Load(message)) => format!("load: {message}"),
        Err(AppError::Busy) => "busy".to_owned(),
    }
}
