//! What a request has open in the store: its session, and results that it has not read to their end.

use std::sync::Arc;

use store::{Problem, Session};

use super::document;
use crate::plugin::errand::Errand;
use crate::plugin::message::Rows;
use crate::plugin::session::{Batches, Held, Later};

/// The session of the request with one store.
pub struct Kept(Arc<Session>);

/// The rows of a result that the worker has not asked for yet.
pub struct Remaining(pub store::Cursor);

impl Kept {
    /// The session that earlier calls of the request use, or a new one.
    pub async fn of(errand: &Errand<'_>) -> Result<Arc<Kept>, Problem> {
        if let Some(kept) = errand.session.held::<Kept>(errand.loaded) {
            return Ok(kept);
        }
        let store = errand.plugins.places.store(errand).await?;
        let kept = Arc::new(Kept(Arc::new(Session::new(store))));
        let held = errand
            .session
            .hold(errand.loaded, Arc::clone(&kept) as Arc<dyn Held>);
        held.map_err(Problem::Invalid)?;
        Ok(kept)
    }

    /// The session.
    pub fn session(&self) -> &Arc<Session> {
        &self.0
    }
}

impl Held for Kept {
    fn end(&self) -> Later<'_, ()> {
        Box::pin(self.0.end())
    }
}

impl Batches for Remaining {
    fn next(&mut self) -> Later<'_, Result<Rows, String>> {
        Box::pin(async {
            let batch = self.0.next().await.map_err(|problem| problem.to_string())?;
            Ok(Rows {
                rows: batch.documents.into_iter().map(document).collect(),
                more: batch.more,
            })
        })
    }
}
