//! Proxied requests: they reach no worker, the host itself passes them on.

use std::sync::Arc;

use http::Response;
use policy::{Acting, Moment};

use super::Sandbox;
use crate::plugin::proxy::{Forward, ForwardError, Passed};

impl Sandbox {
    /// Admits a request of a proxy route, for the app and person in `acting`, and passes it on.
    pub async fn forward(
        &self,
        acting: &Arc<Acting>,
        forward: Forward,
        at: &Moment,
    ) -> Result<Response<Passed>, ForwardError> {
        self.plugins.forward(acting, forward, at).await
    }
}
