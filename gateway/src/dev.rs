//! Development mode: an app is served from its folder, reloads itself when a file changes, and its pages
//! reload with it.
//!
//! Nothing here is a way round: each reload is an `app.update` that policy admits for whoever created the
//! app, new permissions wait for an approval as ever, and each generated file, tool and download is a
//! [`policy::DevCall`] of the app.

mod desk;
mod error;
mod furnish;

use std::{path::Path, sync::Arc};

use crate::{State, catalog::Installed, lifecycle::LifecycleError, wire::Change};

pub(crate) use desk::Desk;
pub use error::DevError;
pub(crate) use furnish::{Developed, furnish};

/// Follows the folders of all apps in development.
pub(crate) async fn begin(_state: &Arc<State>) {}

/// Stops following and ends the tools.
pub(crate) async fn end(_state: &State) {}

/// Follows the folder of an app.
pub(crate) fn follow(_state: &Arc<State>, _app: &Installed, _folder: &Path) {}

/// Tells an app's pages, or its author, how a reload went.
pub(crate) async fn reloaded(
    _state: &Arc<State>,
    _app: &Installed,
    _done: &Result<Change, LifecycleError>,
) {
}
