//! Watches the folder of one app and looks at it again when something in it has changed.
//!
//! The folder may be renamed, deleted and come back: who is there is looked up every second, and a folder
//! that is another one is watched anew.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _, event::ModifyKind,
};
use tokio::time::{Instant, sleep, timeout};

use super::{desk::Live, round::round, tailwind, work};
use crate::State;

/// How often the folder itself is looked up.
const LOOK: Duration = Duration::from_secs(1);
/// Changes without a pause are looked at after so many times the pause.
const PATIENCE: u32 = 10;

/// A folder as it was found, and its watcher.
struct Watched {
    identity: (u64, u64),
    /// Set when the folder was renamed or removed: it may be back before anybody looks, unwatched.
    lost: Arc<AtomicBool>,
    _watcher: RecommendedWatcher,
}

/// Follows the folder until the app or the server is gone.
pub(super) async fn watch(state: Arc<State>, live: Arc<Live>) {
    let mut watched: Option<Watched> = None;
    let (mut missed, mut blind) = (false, false);
    let mut sheet = mark(&state, &live).await;
    loop {
        let (at, ignore) = (Arc::clone(&live), state.config.dev.ignore.clone());
        let known = watched.as_ref();
        let known = known.filter(|watched| !watched.lost.load(Ordering::Relaxed));
        let known = known.map(|watched| watched.identity);
        let looked = tokio::task::spawn_blocking(move || look(&at, known, ignore)).await;
        match looked.unwrap_or(Look::Gone) {
            Look::Same => {}
            Look::Other(new) => {
                (watched, missed) = (Some(new), false);
                round(&state, &live).await;
            }
            Look::Unwatched(error) => {
                if !blind {
                    let folder = live.folder.display();
                    tracing::warn!(%folder, %error, "changes are looked for every second");
                }
                (watched, missed, blind) = (None, false, true);
                round(&state, &live).await;
            }
            // An app whose folder is gone says so, once.
            Look::Gone if !missed => {
                (watched, missed) = (None, true);
                round(&state, &live).await;
            }
            Look::Gone => {}
        }
        tokio::select! {
            () = state.stopped() => return,
            () = live.left() => return,
            () = sleep(LOOK) => {}
            () = live.changed.notified() => {
                settle(&live, Duration::from_millis(state.config.dev.debounce_ms.value())).await;
                round(&state, &live).await;
            }
        }
        let compiled = mark(&state, &live).await;
        if compiled != sheet {
            sheet = compiled;
            // The folder is as it was; the sheet is not in it yet.
            live.see(String::new());
            round(&state, &live).await;
        }
    }
}

/// Which style sheet the app's compiler has written.
async fn mark(state: &State, live: &Live) -> tailwind::Mark {
    let work = work(state, &live.app);
    let found = tokio::task::spawn_blocking(move || tailwind::mark(&work));
    found.await.unwrap_or_default()
}

/// Waits until nothing has changed for a while.
async fn settle(live: &Live, pause: Duration) {
    let end = Instant::now() + pause * PATIENCE;
    while Instant::now() < end && timeout(pause, live.changed.notified()).await.is_ok() {}
}

enum Look {
    Same,
    Other(Watched),
    /// It is there, and the system does not tell of its changes.
    Unwatched(notify::Error),
    Gone,
}

/// What is at the folder's place; blocks.
fn look(live: &Arc<Live>, known: Option<(u64, u64)>, ignore: Vec<String>) -> Look {
    let Ok(found) = fs::metadata(&live.folder) else {
        return Look::Gone;
    };
    let identity = (found.dev(), found.ino());
    if known == Some(identity) {
        return Look::Same;
    }
    let lost = Arc::default();
    match watcher(live, ignore, Arc::clone(&lost)) {
        Ok(watcher) => Look::Other(Watched {
            identity,
            lost,
            _watcher: watcher,
        }),
        Err(error) => Look::Unwatched(error),
    }
}

fn watcher(
    live: &Arc<Live>,
    ignore: Vec<String>,
    lost: Arc<AtomicBool>,
) -> notify::Result<RecommendedWatcher> {
    let root = fs::canonicalize(&live.folder)?;
    let (below, live) = (root.clone(), Arc::clone(live));
    let told = move |event: notify::Result<Event>| match event {
        Ok(event) if moves(&event, &below) => {
            lost.store(true, Ordering::Relaxed);
            live.changed.notify_one();
        }
        Ok(event) if !counts(&event, &below, &ignore) => {}
        // Also when events were lost.
        Ok(_) | Err(_) => live.changed.notify_one(),
    };
    let config = Config::default().with_follow_symlinks(false);
    let mut watcher = RecommendedWatcher::new(told, config)?;
    watcher.watch(&root, RecursiveMode::Recursive)?;
    Ok(watcher)
}

/// Whether the folder itself has gone from its place.
fn moves(event: &Event, root: &Path) -> bool {
    let gone = matches!(
        event.kind,
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
    );
    gone && event.paths.iter().any(|path| path == root)
}

/// Whether the app may be another one after the event.
fn counts(event: &Event, root: &Path, ignore: &[String]) -> bool {
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    let ignored = |path: &Path| {
        let inside = path.strip_prefix(root).unwrap_or(path);
        let mut names = inside.iter().map(|name| name.to_string_lossy());
        names.any(|name| name.starts_with('.') || ignore.iter().any(|glob| fits(glob, &name)))
    };
    event.paths.is_empty() || !event.paths.iter().all(|path| ignored(path))
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_temporary_files_do_not_count() {
        let ignore = crate::config::Dev::default().ignore;
        let check = |path: &str, expected: bool| {
            let event = Event::new(EventKind::Any).add_path(Path::new("/srv/app").join(path));
            assert_eq!(
                counts(&event, Path::new("/srv/app"), &ignore),
                expected,
                "{path}"
            );
        };
        check("app.star", true);
        check("static/css/style.css", true);
        check("targets.go.html", true);
        for path in [
            ".git/index",
            ".app.star.swp",
            "app.star~",
            "static/x.tmp",
            "#app.star#",
            "4913",
            "node_modules/d3/index.js",
        ] {
            check(path, false);
        }
    }

    #[test]
    fn stars_stand_for_any_text() {
        let check =
            |pattern: &str, name: &str, expected: bool| assert_eq!(fits(pattern, name), expected);
        check("*.swp", "a.swp", true);
        check("*.swp", "a.swpx", false);
        check("#*#", "#a#", true);
        check("#*#", "#", false);
        check("a*b*c", "aXbYc", true);
        check("a*b*c", "acb", false);
        check("target", "target", true);
        check("target", "targets", false);
    }
}
