//! Builds the server from its home directory, runs it, and takes it down in the right order.
//!
//! What is in force is read first, so that the record of the start names it. Then the audit log opens, and it
//! closes last: nothing happens outside its life.

mod error;
mod facts;
mod identity;
mod memory;
mod policies;
mod secrets;
mod serve;
mod tracing;

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use policy::{Engine, Gate, Sources};
use sandbox::{Sandbox, Surroundings};
use tokio::sync::{Semaphore, watch};

pub use error::BootError;
pub(crate) use policies::{prepare, read as policies};

use crate::{
    Config, Home, State, Store,
    authn::{Authn, Certificates},
    catalog::Catalog,
    clock, lifecycle,
    listen::ListenError,
    signin::{Providers, SignIns},
    tls,
};

/// Runs the server of `home` until it is told to stop; `ready` is called once it listens.
pub fn start(home: &Home, ready: impl FnOnce(&State) + Send + 'static) -> Result<(), BootError> {
    let config = Config::read(&home.config())?;
    prepare(home)?;
    let lock = home.lock()?;
    tracing::start(&config.log);
    for dir in home.exposed() {
        ::tracing::warn!(
            "others can write to `{0}` and so change policies, keys or secrets; run `chmod go-w {0}`",
            dir.display()
        );
    }
    facts::raise_limits();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(BootError::Runtime)?;
    let result = runtime.block_on(async {
        let state = build(home, config).await?;
        let served = serve::serve(&state, ready).await;
        let log = state.gate.log().clone();
        let closed = tokio::task::spawn_blocking(move || log.shutdown()).await;
        served.and(closed.map_err(BootError::Task))
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    // The home is free for another server only now.
    drop(lock);
    result
}

/// Checks configuration, certificate and policies; starts nothing and makes no more than keys that are missing.
pub fn check(home: &Home) -> Result<(), BootError> {
    let config = Config::read(&home.config())?;
    let certificates = Certificates::open(home, &config)?;
    let https = &config.https;
    if https.enabled && https.files.is_some() {
        tls::server_config(home, &config, &certificates, clock::now())
            .map_err(ListenError::from)?;
    }
    Providers::new(home, &config, clock::now())?;
    let (guardrails, grants) = policies::read(home)?;
    Engine::build(Sources {
        guardrails,
        grants,
        apps: Vec::new(),
    })?;
    Ok(())
}

/// Everything of a server that does not listen yet.
pub(crate) async fn build(home: &Home, config: Config) -> Result<Arc<State>, BootError> {
    let now: fn() -> Timestamp = clock::now;
    let store = {
        let path = home.metadata();
        tokio::task::spawn_blocking(move || Store::open(&path))
            .await
            .map_err(BootError::Task)??
    };
    let apps = stored(&store).await?;
    let (guardrails, grants) = policies::read(home)?;
    for id in policies::missing(&guardrails) {
        ::tracing::warn!(
            "guardrail `{id}` comes with this version and is in no file of `policy/guardrails/`; \
             what it would forbid is not forbidden"
        );
    }
    let active = apps
        .iter()
        .map(lifecycle::Stored::active)
        .collect::<Result<Vec<_>, _>>()?;
    let engine = Engine::build(Sources {
        guardrails,
        grants,
        apps: active.into_iter().flatten().collect(),
    })?;
    let options = facts::audit(home, &config, engine.set_hash())?;
    let log = tokio::task::spawn_blocking(move || audit::Log::open(options))
        .await
        .map_err(BootError::Task)??;
    memory::compare(&log, &apps, now()).await;
    let gate = Arc::new(Gate::new(log, engine));
    let secrets = Arc::new(secrets::build(home, &config));
    let worker = std::env::current_exe().map_err(BootError::Binary)?;
    let identity = identity::read(home, &config, now()).await?;
    let sandbox = Sandbox::new(sandbox::Config {
        worker,
        limits: config.apps.limits(),
        gate: Arc::clone(&gate),
        secrets: Arc::clone(&secrets),
        now,
        data: home.path().to_owned(),
        file_access: config.apps.file_access(),
        served: Arc::new(store.clone()),
        settings: Arc::new(config.plugin.blocks().clone()),
    });
    let sandbox = sandbox
        .with_own_limits(config.apps.own_limits())
        .with_surroundings(surroundings(&config));
    let sandbox = Arc::new(sandbox);
    let catalog = catalog(&store, (&sandbox, &config), &apps).await?;
    Ok(Arc::new(State {
        gate,
        sandbox,
        secrets,
        authn: Authn::new(
            &config.login,
            identity::provided(&config),
            identity.seal.hasher("names"),
        ),
        sign_ins: SignIns::new(),
        providers: identity.providers,
        certificates: identity.certificates,
        assertions: identity.assertions,
        seal: identity.seal,
        store,
        catalog: ArcSwap::from_pointee(catalog),
        config: Arc::new(config),
        home: home.clone(),
        now,
        addresses: ArcSwap::default(),
        stopping: watch::channel(false).0,
        dev: crate::dev::Desk::default(),
        changes: Semaphore::new(1),
        started: now(),
        owner: rustix::process::geteuid().as_raw(),
    }))
}

/// What is served where.
async fn catalog(
    store: &Store,
    (sandbox, config): (&Sandbox, &Config),
    apps: &[lifecycle::Stored],
) -> Result<Catalog, BootError> {
    let mut catalog = Catalog::default();
    for app in apps {
        if !lifecycle::is_possible(config, &app.app.auth) {
            let (path, auth) = (&app.app.path, app.app.auth.name());
            ::tracing::warn!(
                path,
                auth,
                "nobody can open an app whose `auth` is not possible any more; set another one with `sallyport app update`"
            );
        }
        catalog = catalog.with(lifecycle::restore(store, (sandbox, config), app).await?);
    }
    Ok(catalog)
}

/// What all apps are told; ports that the system chooses are not known yet.
fn surroundings(config: &Config) -> Surroundings {
    let (http, https) = (&config.http, &config.https);
    let listeners = [
        ("https", https.enabled, https.port),
        ("http", http.enabled, http.port),
    ];
    let known = |(_, enabled, port): &(&str, bool, u16)| *enabled && *port != 0;
    let listener = listeners.into_iter().find(known);
    Surroundings {
        star_bases: config.apps.star_bases(),
        listener: listener.map(|(scheme, _, port)| (scheme.to_owned(), port)),
        ..config.node.surroundings()
    }
}

async fn stored(store: &Store) -> Result<Vec<lifecycle::Stored>, BootError> {
    let mut apps = Vec::new();
    for app in store.apps().await? {
        apps.push(lifecycle::Stored::read(store, app).await?);
    }
    Ok(apps)
}
