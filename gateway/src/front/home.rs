//! The portal, where no app sits at `/` and at the login's host: the apps this person may open, by policy alone.

use std::{collections::BTreeMap, sync::Arc};

use http::StatusCode;
use policy::{Caller, HttpCall, Page, Person, StepUp};
use tokio::task::spawn_blocking;

use super::{
    Dispatches, Front, Intake,
    link::{Link, Links},
    login::query,
};
use crate::{
    authn::{LOCAL, Named},
    catalog::Installed,
    page::home::{self, Entry, Group, Portal},
    respond::{self, Reply},
};

/// How many apps are asked about for one page; a search is over all of them.
const MOST: usize = 2000;
/// From so many apps of a host on, each folder of apps has a heading.
const MANY: usize = 12;
/// How much of a search is read.
const WANTED: usize = 100;

/// An app and the way to it.
struct Candidate {
    installed: Arc<Installed>,
    link: Link,
}

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
        let named = match self.named(&mut intake).await {
            Ok(named) => named,
            Err(reply) => return reply,
        };
        match self.admit_page(&intake, &named.caller, Page::Home).await {
            Ok(admitted) => {
                let html = home::home(&self.portal(&intake, &named).await);
                admitted.finish(respond::page(StatusCode::OK, html)).await
            }
            Err(refused) => refused,
        }
    }

    async fn portal(&self, intake: &Intake, named: &Named) -> Portal {
        let wanted: String = query(intake, "q").unwrap_or_default();
        let wanted: String = wanted.trim().chars().take(WANTED).collect();
        let mut candidates = self.candidates(intake, &wanted.to_lowercase());
        let cut = candidates.len() > MOST;
        candidates.truncate(MOST);
        Portal {
            person: self.person(named),
            action: intake.path.as_str().to_owned(),
            groups: self.open_apps(intake, &named.caller, candidates).await,
            wanted,
            cut,
        }
    }

    fn person(&self, named: &Named) -> Option<home::Person> {
        let Caller::Person(person) = &named.caller else {
            return None;
        };
        Some(home::Person {
            name: person.name.clone(),
            id: person.id.as_str().to_owned(),
            groups: person
                .groups
                .iter()
                .map(|group| group.as_str().to_owned())
                .collect(),
            way: self.way(person),
            mfa: person.auth.mfa,
            since: person.auth.at,
            leaves: named.sign_in.is_some(),
        })
    }

    /// How the person signed in, in words.
    fn way(&self, person: &Person) -> String {
        let mut ways = self.state.providers.titles();
        let way = ways.find(|way| way.name == person.provider);
        match (way, person.provider.as_str()) {
            (Some(way), _) => way.title.to_owned(),
            (None, LOCAL) => "Account of this server".to_owned(),
            (None, name) => name.to_owned(),
        }
    }

    /// The apps this browser can reach whose name or address has `wanted` in it.
    fn candidates(&self, intake: &Intake, wanted: &str) -> Vec<Candidate> {
        let links = Links::new(intake, self.state.config.login.origin.as_ref());
        let catalog = self.state.catalog.load_full();
        let reachable = catalog.apps().filter_map(|app| {
            let link = links.to(&app.address)?;
            let found = link.shown.to_lowercase().contains(wanted)
                || app.inspection.name.to_lowercase().contains(wanted);
            found.then(|| Candidate {
                installed: Arc::clone(app),
                link,
            })
        });
        reachable.take(MOST + 1).collect()
    }

    /// Asks policy about each app without asking for it: a list is no access, so it leaves one record.
    async fn open_apps(
        &self,
        intake: &Intake,
        caller: &Caller,
        candidates: Vec<Candidate>,
    ) -> Vec<Group> {
        let engine = self.state.gate.engine();
        let (caller, moment) = (caller.clone(), intake.moment.clone());
        let open = spawn_blocking(move || {
            let asked = candidates.into_iter().filter_map(|it| {
                let wish = engine.would_allow_after(&caller, &visit(&it.installed), &moment)?;
                Some((it, wish))
            });
            asked.collect()
        });
        grouped(open.await.unwrap_or_default())
    }
}

/// Opening the app's first page.
fn visit(app: &Installed) -> HttpCall<()> {
    HttpCall {
        instance: Arc::clone(&app.instance),
        method: "GET".to_owned(),
        path: app.address.path().to_owned(),
        route: "/".to_owned(),
        upgrade: false,
        request: (),
    }
}

/// One group for each host, and for each folder of a host with many apps; a single group has no title.
fn grouped(open: Vec<(Candidate, StepUp)>) -> Vec<Group> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (it, _) in &open {
        *counts
            .entry(it.installed.address.host().to_owned())
            .or_default() += 1;
    }
    let mut groups: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for (it, wish) in open {
        let address = &it.installed.address;
        let many = counts
            .get(address.host())
            .is_some_and(|count| *count > MANY);
        let host = match address.host() {
            "" => "localhost",
            host => host,
        };
        let space = if many { address.space() } else { "" };
        let title = format!("{host}{space}");
        groups.entry(title).or_default().push(entry(it, wish));
    }
    let single = groups.len() == 1;
    let groups = groups.into_iter().map(|(title, apps)| Group {
        title: (!single).then_some(title),
        apps,
    });
    groups.collect()
}

fn entry(it: Candidate, wish: StepUp) -> Entry {
    let given = it.installed.inspection.name.trim();
    Entry {
        name: if given.is_empty() {
            it.link.shown.clone()
        } else {
            given.to_owned()
        },
        address: it.link.shown,
        href: it.link.href,
        wish: match (wish.mfa, wish.max_age) {
            (true, _) => Some("asks for a second factor"),
            (false, Some(_)) => Some("asks you to sign in again"),
            (false, None) => None,
        },
    }
}
