//! Running: the public listeners and the admin socket side by side, until a signal or an order to stop.

use std::{sync::Arc, time::Duration};

use tokio::signal::unix::{SignalKind, signal};

use super::BootError;
use crate::{State, admin, clock, dev, listen, socket};

/// How long requests may go on after the order to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How often to see whether authorities and revocation lists changed.
const LOOK: Duration = Duration::from_secs(2);
/// How often ended sessions are swept out.
const SWEEP: Duration = Duration::from_secs(600);

/// Serves until told to stop, then drains.
pub(super) async fn serve(
    state: &Arc<State>,
    ready: impl FnOnce(&State) + Send + 'static,
) -> Result<(), BootError> {
    let path = state.home.socket();
    let listener = socket::listen(&path).map_err(|source| BootError::Socket {
        path: path.clone(),
        source,
    })?;
    let admin = tokio::spawn(admin::serve(Arc::clone(state), listener));
    tokio::spawn(watch_signals(Arc::clone(state)));
    tokio::spawn(sweep(Arc::clone(state)));
    tokio::spawn(clear(Arc::clone(state)));
    #[cfg(feature = "saml")]
    tokio::spawn({
        let state = Arc::clone(state);
        async move { state.providers.warm((state.now)()).await }
    });
    tokio::spawn(authorities(Arc::clone(state)));
    tokio::spawn(keys(Arc::clone(state)));
    dev::begin(state).await;
    let served = {
        let shared = Arc::clone(state);
        let public = listen::serve(
            Arc::clone(state),
            state.stopping.subscribe(),
            move |addresses| {
                shared.addresses.store(Arc::new(addresses.clone()));
                ready(&shared);
            },
        );
        tokio::pin!(public);
        tokio::select! {
            result = public.as_mut() => result,
            () = overdue(state) => Ok(()),
        }
    };
    state.stop();
    let _ = tokio::time::timeout(DRAIN, admin).await;
    dev::end(state).await;
    stop_apps(state).await;
    let _ = std::fs::remove_file(&path);
    Ok(served?)
}

/// Resolves when draining has taken too long.
async fn overdue(state: &State) {
    state.stopped().await;
    tokio::time::sleep(DRAIN).await;
    ::tracing::warn!(
        "requests were still running after {} s; they are ended",
        DRAIN.as_secs()
    );
}

async fn stop_apps(state: &State) {
    let catalog = state.catalog.load_full();
    for installed in catalog.apps() {
        if tokio::time::timeout(Duration::from_secs(2), installed.app.stop())
            .await
            .is_err()
        {
            ::tracing::warn!(app = %installed.address, "a worker did not stop in time");
        }
    }
}

async fn watch_signals(state: Arc<State>) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        ::tracing::error!(
            "cannot listen for signals; stop the server with `sallyport server stop`"
        );
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = state.stopped() => {}
    }
    state.stop();
}

async fn sweep(state: Arc<State>) {
    let login = &state.config.login;
    let idle = i64::try_from(login.session_idle.duration().as_nanos()).unwrap_or(i64::MAX);
    loop {
        let now = clock::nanoseconds((state.now)());
        if let Err(error) = state
            .store
            .sweep_sign_ins(now, now.saturating_sub(idle))
            .await
        {
            ::tracing::warn!(%error, "cannot sweep ended sign-ins");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => {}
            () = state.stopped() => return,
        }
    }
}

/// Forgets offered files whose time is over, and removes what was made for them.
async fn clear(state: Arc<State>) {
    loop {
        let (served, now) = (state.sandbox.served(), (state.now)());
        let cleared = tokio::task::spawn_blocking(move || {
            let expired = served.expire(now)?;
            expired.iter().for_each(sandbox::ServedFile::discard);
            Ok::<_, sandbox::ServedError>(())
        });
        if let Ok(Err(error)) = cleared.await {
            ::tracing::warn!(%error, "cannot forget offered files");
        }
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => {}
            () = state.stopped() => return,
        }
    }
}

/// Reads authorities and revocation lists again when they change.
async fn authorities(state: Arc<State>) {
    while !state.certificates.is_empty() {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = state.stopped() => return,
        }
        let state = Arc::clone(&state);
        let _ = tokio::task::spawn_blocking(move || state.certificates.refresh()).await;
    }
}

/// Makes new keys for what upstreams are told, and forgets old ones.
async fn keys(state: Arc<State>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(SWEEP) => {}
            () = state.stopped() => return,
        }
        let state = Arc::clone(&state);
        let renewed = tokio::task::spawn_blocking(move || state.assertions.renew((state.now)()));
        if let Ok(Err(error)) = renewed.await {
            let error = &error as &dyn std::error::Error;
            ::tracing::error!(
                error,
                "cannot renew the keys of assertions; the old ones go on"
            );
        }
    }
}
