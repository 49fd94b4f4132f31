//! What every answer of an app gets on its way out: security headers, leave for other origins, compression.

use std::sync::Arc;

use http::{HeaderMap, header};

use crate::{
    Config,
    catalog::Installed,
    cors,
    front::Inbound,
    respond::{self, Coding, Reply, guard_app},
};

/// What of a request its answer depends on.
pub(super) struct Asked {
    installed: Arc<Installed>,
    headers: HeaderMap,
    coding: Option<Coding>,
}

impl Asked {
    pub(super) fn of(inbound: &Inbound) -> Asked {
        let origins = inbound.parts.headers.get_all(header::ORIGIN).iter();
        Asked {
            installed: Arc::clone(&inbound.installed),
            headers: origins
                .map(|origin| (header::ORIGIN, origin.clone()))
                .collect(),
            coding: respond::accepted(&inbound.parts.headers),
        }
    }

    /// The answer as it leaves.
    pub(super) async fn dress(self, config: &Config, mut reply: Reply) -> Reply {
        let edge = config.edge(&self.installed.address);
        guard_app(reply.headers_mut(), edge.headers_level);
        cors::open(edge.cors, &self.headers, reply.headers_mut());
        match edge.compression {
            Some(level) => respond::compress(reply, self.coding, level).await,
            None => reply,
        }
    }
}
