//! The home page, where no app sits at `/`: the apps this person may open.

use std::sync::Arc;

use http::StatusCode;
use policy::{Caller, HttpCall, Page};
use tokio::task::spawn_blocking;

use super::{Dispatches, Front, Intake};
use crate::{
    catalog::Installed,
    page::home::{self, Entry},
    respond::{self, Reply},
};

/// How many apps are asked about for one page.
const MOST: usize = 500;

impl<S: Dispatches> Front<S> {
    /// Whether the host is one of ours: this machine's own name, or one that has apps.
    pub(super) fn has_home(&self, intake: &Intake) -> bool {
        let host = intake.host.as_str();
        intake.host.is_localhost()
            || self
                .state
                .catalog
                .load()
                .apps()
                .any(|app| app.address.host() == host)
    }

    pub(super) async fn home(&self, mut intake: Intake) -> Reply {
        let caller = match self.name(&mut intake).await {
            Ok(caller) => caller,
            Err(reply) => return reply,
        };
        match self.admit_page(&intake, &caller, Page::Home).await {
            Ok(admitted) => {
                let name = match &caller {
                    Caller::Person(person) => Some(person.name.as_str()),
                    Caller::Anonymous | Caller::App(_) => None,
                };
                let html = home::home(name, &self.open_apps(&intake, &caller).await);
                admitted.finish(respond::page(StatusCode::OK, html)).await
            }
            Err(refused) => refused,
        }
    }

    /// Asks policy about each app without asking for it: a list is no access, so it leaves one record.
    async fn open_apps(&self, intake: &Intake, caller: &Caller) -> Vec<Entry> {
        let engine = self.state.gate.engine();
        let host = if intake.host.is_localhost() {
            ""
        } else {
            intake.host.as_str()
        };
        let catalog = self.state.catalog.load_full();
        let here = catalog
            .apps()
            .filter(|app| app.address.host() == host)
            .take(MOST);
        let here: Vec<Arc<Installed>> = here.cloned().collect();
        let (caller, moment) = (caller.clone(), intake.moment.clone());
        let open = spawn_blocking(move || {
            here.iter()
                .filter(|app| engine.would_allow(&caller, &visit(app), &moment))
                .map(|app| entry(app))
                .collect()
        });
        open.await.unwrap_or_default()
    }
}

/// Opening the app's first page.
fn visit(app: &Installed) -> HttpCall<()> {
    HttpCall {
        instance: Arc::clone(&app.instance),
        method: "GET".to_owned(),
        path: app.address.path().to_owned(),
        route: "/".to_owned(),
        request: (),
    }
}

fn entry(app: &Installed) -> Entry {
    Entry {
        name: name(&app.inspection.name, app.address.path()),
        path: app.address.path().to_owned(),
    }
}

fn name(given: &str, path: &str) -> String {
    if given.trim().is_empty() {
        path.to_owned()
    } else {
        given.to_owned()
    }
}
