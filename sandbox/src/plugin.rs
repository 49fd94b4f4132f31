//! The host side of plugin calls: admits each at the gate, then acts.

pub mod message;

use std::sync::Arc;

use policy::{Acting, Gate, Moment};
use secrets::{Secrets, Tokens};

use message::{CallAnswer, CallRequest};

/// Runs the plugin calls of apps.
pub struct Plugins {
    _gate: Arc<Gate>,
    _secrets: Arc<Secrets>,
}

impl Plugins {
    /// Makes the plugins; every call is admitted by `gate`.
    pub fn new(gate: Arc<Gate>, secrets: Arc<Secrets>) -> Self {
        Self { _gate: gate, _secrets: secrets }
    }

    /// Admits and runs one call.
    pub async fn call(&self, _acting: &Arc<Acting>, request: CallRequest, _at: &Moment, _tokens: &Tokens) -> CallAnswer {
        CallAnswer::Failed { error: format!("plugin `{}` is not available", request.plugin), code: 1 }
    }
}
