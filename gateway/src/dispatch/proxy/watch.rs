//! What takes long is judged again: when policies or the app change while an answer or an upgraded connection
//! is under way, passing on is asked about once more, and ends when the answer is no.

use std::{sync::Arc, time::Duration};

use policy::{Acting, Caller, Instance, Moment, PluginCall};
use tokio::time;

use super::super::{acting, lease::still_permits};
use crate::{catalog::Address, front::Inbound, state::State};

/// How often to see whether anything changed.
const PERIOD: Duration = Duration::from_secs(1);

/// The circumstances in which a request was passed on.
pub(super) struct Watch {
    state: Arc<State>,
    address: Address,
    acting: Acting,
    moment: Moment,
    policies: String,
}

impl Watch {
    /// Begins before the decision, so that no change after it is missed.
    pub fn new(state: &Arc<State>, inbound: &Inbound, moment: &Moment) -> Watch {
        Watch {
            state: Arc::clone(state),
            address: inbound.installed.address.clone(),
            acting: acting(inbound),
            moment: moment.clone(),
            policies: state.gate.engine().set_hash().to_owned(),
        }
    }

    /// Resolves when what was judged would not be permitted any more.
    pub async fn over(mut self, judged: PluginCall<()>) -> &'static str {
        let mut clock = time::interval(PERIOD);
        loop {
            clock.tick().await;
            let Some(instance) = self.instance() else {
                return "revoked";
            };
            let policies = self.state.gate.engine().set_hash().to_owned();
            if policies == self.policies && Arc::ptr_eq(&instance, &self.acting.instance) {
                continue;
            }
            (self.policies, self.acting.instance) = (policies, instance);
            if !self.judge(&judged).await {
                return "revoked";
            }
        }
    }

    /// The app as it is now, if it is still the same.
    fn instance(&self) -> Option<Arc<Instance>> {
        let current = self.state.catalog.load().at(&self.address)?;
        let same = current.instance.app == self.acting.instance.app;
        same.then(|| Arc::clone(&current.instance))
    }

    async fn judge(&mut self, judged: &PluginCall<()>) -> bool {
        self.moment.now = (self.state.now)();
        let caller = Caller::App(Arc::new(self.acting.clone()));
        let call = || judged.without_cargo();
        still_permits(&self.state.gate, &caller, call, &self.moment).await
    }
}
