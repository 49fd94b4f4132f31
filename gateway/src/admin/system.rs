//! Operations on the server itself.

use super::Context;
use crate::wire::{Nothing, Status};

/// `system.status`.
pub(super) fn status(context: &Context) -> Status {
    let state = context.state();
    let log = state.gate.log();
    let audit = match log.health() {
        audit::Health::Writable => "writable".to_owned(),
        audit::Health::Unwritable(why) => format!("not writable: {why}"),
    };
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        home: state.home.path().display().to_string(),
        urls: state.addresses.load().urls(),
        started: format!("{:.0}", state.started),
        apps: state.catalog.load().apps().count(),
        audit,
        records: log.size(),
        policies: state.gate.engine().set_hash().to_owned(),
    }
}

/// `system.stop`.
pub(super) fn stop(context: &Context) -> Nothing {
    context.state().stop();
    Nothing {}
}
