//! The policies of all app instances, shared between one engine and the next: replacing one app's
//! policies copies one of 64 boards, not the shelf. Texts are hashed in a tree (app, board, shelf), so the
//! hash of the whole set is cheap to renew and every part of it can be found in the audit log by hash.

use std::collections::BTreeMap;
use std::sync::Arc;

use audit::Blob;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::source::AppPolicies;
use crate::ids::InstanceId;
use crate::permission::AppPolicy;

const BOARDS: usize = 64;

/// The policies of one instance, as text; parsed when first needed.
#[derive(Debug)]
pub(super) struct App {
    pub policies: AppPolicies,
    pub blob: Arc<Blob>,
}

#[derive(Debug)]
struct Board {
    apps: BTreeMap<InstanceId, Arc<App>>,
    blob: Arc<Blob>,
}

/// All apps.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    boards: Vec<Arc<Board>>,
}

impl App {
    pub fn new(mut policies: AppPolicies) -> App {
        policies.policies = policies
            .policies
            .into_iter()
            .map(AppPolicy::bound)
            .collect();
        policies
            .policies
            .sort_by(|left, right| left.id.cmp(&right.id));
        let blob = Arc::new(Blob::new(json!(policies).to_string()));
        App { policies, blob }
    }
}

impl Board {
    fn new(apps: BTreeMap<InstanceId, Arc<App>>) -> Arc<Board> {
        let hashes: BTreeMap<&str, &str> = apps
            .iter()
            .map(|(id, app)| (id.as_str(), app.blob.hash()))
            .collect();
        let blob = Arc::new(Blob::new(json!(hashes).to_string()));
        Arc::new(Board { apps, blob })
    }
}

impl Shelf {
    pub fn new(apps: Vec<AppPolicies>) -> Shelf {
        let mut boards: Vec<BTreeMap<InstanceId, Arc<App>>> = vec![BTreeMap::new(); BOARDS];
        for policies in apps {
            let id = policies.instance.clone();
            if let Some(board) = boards.get_mut(board_of(&id)) {
                board.insert(id, Arc::new(App::new(policies)));
            }
        }
        Shelf {
            boards: boards.into_iter().map(Board::new).collect(),
        }
    }

    /// The same with one app replaced or taken away.
    pub fn with(&self, id: InstanceId, app: Option<Arc<App>>) -> Shelf {
        let mut boards = self.boards.clone();
        if let Some(board) = boards.get_mut(board_of(&id)) {
            let mut apps = board.apps.clone();
            match app {
                Some(app) => apps.insert(id, app),
                None => apps.remove(&id),
            };
            *board = Board::new(apps);
        }
        Shelf { boards }
    }

    pub fn find(&self, id: &InstanceId) -> Option<&Arc<App>> {
        self.boards.get(board_of(id))?.apps.get(id)
    }

    pub fn apps(&self) -> impl Iterator<Item = &Arc<App>> {
        self.boards.iter().flat_map(|board| board.apps.values())
    }

    /// Hashes of the boards, in order.
    pub fn hashes(&self) -> Vec<&str> {
        self.boards.iter().map(|board| board.blob.hash()).collect()
    }

    /// The texts that `before` does not share.
    pub fn fresh(&self, before: Option<&Shelf>) -> Vec<Arc<Blob>> {
        let mut fresh = Vec::new();
        for (number, board) in self.boards.iter().enumerate() {
            let old = before.and_then(|shelf| shelf.boards.get(number));
            if old.is_some_and(|old| Arc::ptr_eq(old, board)) {
                continue;
            }
            fresh.push(Arc::clone(&board.blob));
            let changed = board.apps.iter().filter(|(id, app)| {
                old.and_then(|old| old.apps.get(*id))
                    .is_none_or(|old| !Arc::ptr_eq(old, app))
            });
            fresh.extend(changed.map(|(_, app)| Arc::clone(&app.blob)));
        }
        fresh
    }
}

fn board_of(id: &InstanceId) -> usize {
    Sha256::digest(id.as_str())
        .first()
        .map_or(0, |byte| usize::from(*byte) % BOARDS)
}
