//! Which apps are in development, and who waits to hear of a reload.

use policy::AppId;

/// The apps in development.
#[derive(Default)]
pub(crate) struct Desk {}

impl Desk {
    /// The app is gone.
    pub fn forget(&self, _app: &AppId) {}

    /// Something other than a file has changed.
    pub fn wake(&self, _app: &AppId) {}
}
