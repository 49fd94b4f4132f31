//! The server's own messages: to stderr, as configured.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts printing messages; a second start changes nothing.
pub(super) fn start(log: &Log) {
    // The libraries below have nothing to tell operators before it is a warning.
    let filter = format!(
        "warn,gateway={0},audit={0},policy={0},secrets={0},sandbox={0}",
        log.level.name()
    );
    let base = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let started = match log.format {
        LogFormat::Text => base.with_target(false).try_init(),
        LogFormat::Json => base.json().try_init(),
    };
    if started.is_err() {
        ::tracing::debug!("messages are printed already");
    }
}
