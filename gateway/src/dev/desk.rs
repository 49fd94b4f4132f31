//! Which apps are in development and how their last reload went, and who waits to hear of a reload.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwapOption;
use policy::AppId;
use tokio::sync::{Notify, broadcast, watch};

use super::{events, failure::Failure, library, tailwind::Tailwind};

/// Pages of one app that can wait for a reload at the same time.
const LISTENERS: usize = 64;

/// The apps in development.
#[derive(Default)]
pub(crate) struct Desk {
    apps: Mutex<HashMap<AppId, Arc<Live>>>,
    bells: Mutex<HashMap<AppId, broadcast::Sender<()>>>,
}

/// What was made for an app, and of what.
#[derive(Default)]
pub(super) struct Made {
    /// URL of the style sheet.
    pub style: Option<String>,
    /// Files of libraries.
    pub libraries: library::Made,
}

/// One app in development.
pub(super) struct Live {
    /// Which.
    pub app: AppId,
    /// Its folder.
    pub folder: PathBuf,
    /// Held by the reload that goes on.
    pub turn: Arc<tokio::sync::Mutex<()>>,
    /// Its style compiler.
    pub tailwind: tokio::sync::Mutex<Tailwind>,
    /// What was made for it since the server started.
    pub made: tokio::sync::Mutex<Made>,
    /// Rings when a file has changed, or something else that calls for a look.
    pub changed: Notify,
    /// Hash of the files when they were last looked at.
    seen: Mutex<String>,
    failure: ArcSwapOption<Failure>,
    notice: ArcSwapOption<String>,
    gone: watch::Sender<bool>,
}

impl Desk {
    /// The app is gone.
    pub fn forget(&self, app: &AppId) {
        if let Some(live) = held(&self.apps).remove(app) {
            live.leave();
        }
        held(&self.bells).remove(app);
    }

    /// Something other than a file has changed.
    pub fn wake(&self, app: &AppId) {
        if let Some(live) = self.live(app) {
            live.see(String::new());
            live.changed.notify_one();
        }
    }

    /// Why the app as it is in its folder does not run.
    pub fn failure(&self, app: &AppId) -> Option<Arc<Failure>> {
        self.live(app)?.failure.load_full()
    }

    /// What a page that opens should show, as an event.
    pub fn notice(&self, app: &AppId) -> Option<String> {
        let text = self.live(app)?.notice.load_full()?;
        Some(events::notice(&text))
    }

    /// Hears of the app's reloads; none when too many do.
    pub fn listen(&self, app: &AppId) -> Option<broadcast::Receiver<()>> {
        let mut bells = held(&self.bells);
        let bell = bells
            .entry(app.clone())
            .or_insert_with(|| broadcast::channel(1).0);
        (bell.receiver_count() < LISTENERS).then(|| bell.subscribe())
    }

    /// Tells the app's pages to reload.
    pub fn ring(&self, app: &AppId) {
        if let Some(bell) = held(&self.bells).get(app) {
            // Nobody may be listening.
            let _ = bell.send(());
        }
    }

    pub(super) fn live(&self, app: &AppId) -> Option<Arc<Live>> {
        held(&self.apps).get(app).map(Arc::clone)
    }

    pub(super) fn all(&self) -> Vec<Arc<Live>> {
        held(&self.apps).values().map(Arc::clone).collect()
    }

    /// An app to follow; `seen` is the hash of its files as they are served.
    pub(super) fn add(&self, app: &AppId, folder: PathBuf, seen: String) -> Arc<Live> {
        let live = Arc::new(Live {
            app: app.clone(),
            folder,
            turn: Arc::default(),
            tailwind: tokio::sync::Mutex::default(),
            changed: Notify::new(),
            seen: Mutex::new(seen),
            failure: ArcSwapOption::empty(),
            notice: ArcSwapOption::empty(),
            made: tokio::sync::Mutex::default(),
            gone: watch::channel(false).0,
        });
        if let Some(old) = held(&self.apps).insert(app.clone(), Arc::clone(&live)) {
            old.leave();
        }
        live
    }
}

impl Live {
    /// Notes the hash of the files as they are looked at now; answers whether it is another.
    pub fn see(&self, hash: String) -> bool {
        let mut seen = held(&self.seen);
        let other = *seen != hash;
        *seen = hash;
        other
    }

    /// Notes how the last reload went; answers whether that is news.
    pub fn went(&self, failure: Option<Failure>) -> bool {
        let before = self.failure.swap(failure.map(Arc::new));
        before.is_some() || self.failure.load().is_some()
    }

    /// Notes what waits for an approval.
    pub fn waits(&self, text: Option<String>) {
        self.notice.store(text.map(Arc::new));
    }

    /// Resolves when the app is followed no more.
    pub async fn left(&self) {
        let mut gone = self.gone.subscribe();
        // An error means that the sender is gone, and so is the app.
        let _ = gone.wait_for(|gone| *gone).await;
    }

    fn leave(&self) {
        self.gone.send_replace(true);
    }
}

/// Nothing panics while it holds one of these locks; if something did, the data is whole.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hear_a_reload_and_are_not_without_bound() {
        let (desk, app) = (Desk::default(), AppId::new("app_a"));
        let mut all: Vec<_> = (0..LISTENERS).map(|_| desk.listen(&app).unwrap()).collect();
        assert!(desk.listen(&app).is_none());
        desk.ring(&app);
        assert!(all.iter_mut().all(|bell| bell.try_recv().is_ok()));
        all.pop();
        assert!(desk.listen(&app).is_some());
        desk.forget(&app);
        assert!(
            all[0]
                .try_recv()
                .is_err_and(|error| error == broadcast::error::TryRecvError::Closed)
        );
    }

    #[test]
    fn a_look_tells_news_once() {
        let desk = Desk::default();
        let live = desk.add(&AppId::new("app_a"), "/srv/a".into(), "1".into());
        assert!(!live.see("1".into()) && live.see("2".into()) && !live.see("2".into()));
        let failure = Failure {
            text: "x".into(),
            place: None,
        };
        assert!(
            !live.went(None) && live.went(Some(failure)) && live.went(None) && !live.went(None)
        );
    }
}
