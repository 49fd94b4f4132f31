//! With what is made for an app: its folder, its work folder, and the gate that is asked first.

use std::{path::PathBuf, sync::Arc};

use policy::{Acting, Call, Caller, Instance, Moment, Permit};

use super::DevError;
use crate::{State, admin::Context, config};

/// What the makers share during one reload.
pub(super) struct Hands<'c> {
    /// Real path of the app's folder.
    pub root: PathBuf,
    /// A folder of ours for drafts, logs and entry files of this app.
    pub work: PathBuf,
    /// `[dev]`.
    pub config: &'c config::Dev,
    state: &'c State,
    caller: Caller,
    at: Moment,
}

impl<'c> Hands<'c> {
    /// For `instance`, on behalf of whoever reloads it.
    pub fn new(context: &'c Context, instance: &Arc<Instance>, root: PathBuf) -> Hands<'c> {
        let state = context.state();
        let on_behalf_of = match context.caller() {
            Caller::Person(person) => Some(Arc::clone(person)),
            Caller::Anonymous | Caller::App(_) => None,
        };
        Hands {
            root,
            work: super::work(state, &instance.app),
            config: &state.config.dev,
            state,
            caller: Caller::App(Arc::new(Acting {
                instance: Arc::clone(instance),
                on_behalf_of,
            })),
            at: context.at().clone(),
        }
    }

    /// Asks, as the app.
    pub async fn admit<C: Call>(&self, call: C) -> Result<Permit<C>, DevError> {
        let asked = self.state.gate.admit(&self.caller, call, &self.at).await;
        asked.map_err(|refused| DevError(refused.to_string()))
    }
}
