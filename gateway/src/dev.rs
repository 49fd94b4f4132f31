//! Development mode: an app is served from its folder, reloads itself when a file changes, and its pages
//! reload with it.
//!
//! Nothing here is a way round: each reload is an `app.update` that policy admits for whoever created the
//! app, new permissions wait for an approval as ever, and each generated file, tool and download is a
//! [`policy::DevCall`] of the app.

mod assets;
mod creator;
mod desk;
mod error;
mod events;
mod failure;
mod fetch;
mod furnish;
mod hands;
mod library;
mod page;
mod plan;
mod round;
mod style;
mod tailwind;
mod tool;
mod watch;
mod write;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use http::HeaderMap;
use policy::AppId;
use sandbox::{Inspection, Source, generated};
use tokio::sync::OwnedMutexGuard;

use crate::{
    State,
    admin::chain,
    catalog::Installed,
    lifecycle::LifecycleError,
    respond::Reply,
    store::Env,
    wire::{Approval, Change, Mark},
};

pub(crate) use desk::Desk;
pub use error::DevError;
pub(crate) use events::events;
use failure::Failure;
pub(crate) use furnish::{Developed, furnish};
pub(crate) use plan::complete;

/// Where the pages of an app hear of reloads, below the app.
pub(crate) const EVENTS: &str = "/_openrun_app/sse";

/// Whether the app's pages may listen for reloads.
pub(crate) fn tells(app: &Installed) -> bool {
    develops(app) || app.inspection.settings.push_events
}

/// Whether the app follows its folder.
pub(crate) fn develops(app: &Installed) -> bool {
    app.instance.env == Env::Dev.name()
}

/// The answer of an app that does not run as it is in its folder.
pub(crate) fn broken(state: &State, app: &Installed, headers: &HeaderMap) -> Option<Reply> {
    if !develops(app) {
        return None;
    }
    let failure = state.dev.failure(&app.instance.app)?;
    let events = format!("{}{EVENTS}", app.address.path().trim_end_matches('/'));
    Some(page::broken(&failure, headers, &events))
}

/// Follows the folders of all apps in development. What changed while the server was away is looked at
/// first.
pub(crate) async fn begin(state: &Arc<State>) {
    let apps = match state.store.apps().await {
        Ok(apps) => apps,
        Err(error) => return tracing::error!(%error, "apps in development are not followed"),
    };
    for app in apps.into_iter().filter(|app| app.env == Env::Dev) {
        start(
            state,
            &AppId::new(app.id.as_str()),
            app.source.into(),
            String::new(),
        );
    }
}

/// Stops following, and ends the tools.
pub(crate) async fn end(state: &State) {
    for live in state.dev.all() {
        state.dev.forget(&live.app);
        live.tailwind.lock().await.stop().await;
    }
}

/// Follows the folder of a new app, whose files are `source`.
pub(crate) fn follow(state: &Arc<State>, app: &Installed, folder: &Path, source: &Source) {
    start(state, &app.instance.app, folder.to_owned(), source.hash());
}

fn start(state: &Arc<State>, app: &AppId, folder: PathBuf, seen: String) {
    let live = state.dev.add(app, folder, seen);
    tokio::spawn(watch::watch(Arc::clone(state), live));
}

/// Waits until no other reload of this app goes on.
pub(crate) async fn turn(state: &State, app: &Installed) -> Option<OwnedMutexGuard<()>> {
    let live = state.dev.live(&app.instance.app)?;
    Some(Arc::clone(&live.turn).lock_owned().await)
}

/// Notes the files that a reload is about, whether they load or not: the folder may have changed since it
/// was looked at, and change back.
pub(crate) fn looked(state: &State, app: &Installed, source: &Source) {
    if let Some(live) = state.dev.live(&app.instance.app) {
        live.see(source.hash());
    }
}

/// Ends what runs for an app that is gone, and removes what was kept for it.
pub(crate) async fn leave(state: &State, app: &AppId) {
    let Some(live) = state.dev.live(app) else {
        return state.dev.forget(app);
    };
    state.dev.forget(app);
    live.tailwind.lock().await.stop().await;
    let work = work(state, app);
    let removed = blocking(move || std::fs::remove_dir_all(work)).await;
    if let Err(error) = removed
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the work folder of a deleted app stays");
    }
}

/// Tells an app's pages and its author how a reload went.
pub(crate) async fn reloaded(
    state: &Arc<State>,
    app: &Installed,
    done: &Result<Change, LifecycleError>,
) {
    let id = &app.instance.app;
    let Some(live) = state.dev.live(id) else {
        if done.as_ref().is_ok_and(|change| change.changed) {
            state.dev.ring(id);
        }
        return;
    };
    let (failure, changed) = match done {
        Ok(change) => {
            live.waits(waiting(change));
            (None, change.changed)
        }
        Err(error) => {
            if matches!(error, LifecycleError::Source(_)) {
                // What was seen before may be back before anybody looks.
                live.see(String::new());
            }
            let (text, folder) = (chain(error), live.folder.clone());
            tracing::warn!(app = app.instance.path, "the app does not load: {text}");
            let located = tokio::task::spawn_blocking(move || Failure::of_folder(text, &folder));
            (located.await.ok(), false)
        }
    };
    let runs = failure.is_none();
    if live.went(failure) || changed {
        if runs {
            tracing::info!(app = app.instance.path, "reloaded");
        }
        state.dev.ring(id);
    }
}

/// What waits for an approval, for the author.
fn waiting(change: &Change) -> Option<String> {
    if change.approval == Approval::Approved {
        return None;
    }
    let new = change.permissions.iter();
    let new = new.filter(|line| line.state == Mark::New);
    let lines: String = new.map(|line| format!("\n  {}", line.declared)).collect();
    let text = format!(
        "permissions wait for approval; run: sallyport app approve {}{lines}",
        change.path
    );
    tracing::warn!(app = change.path, "{text}");
    Some(text)
}

/// Does what waits for the disk where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other)?
}

/// Whether the app has pages of its own, which need scripts.
fn needs_scripts(inspection: &Inspection) -> bool {
    generated::has_pages(inspection) || !inspection.actions.is_empty()
}

/// The folder for drafts, logs and entry files of an app.
fn work(state: &State, app: &AppId) -> PathBuf {
    state.home.join("dev").join(app.as_str())
}
