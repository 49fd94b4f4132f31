//! How an app looks and which scripts it brings.

use serde::{Deserialize, Serialize};

/// The `ace.style` of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// URL or library name.
    pub library: String,
    /// Themes to build.
    pub themes: Vec<String>,
    /// Theme for light mode.
    pub light: String,
    /// Theme for dark mode.
    pub dark: String,
    /// Whether the style is built by hand.
    #[serde(default)]
    pub disable_watcher: bool,
    /// Themes of the author's own, and their CSS properties, in the order written.
    #[serde(default)]
    pub custom_themes: Vec<(String, Vec<(String, String)>)>,
}

/// One entry of `libraries`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Library {
    /// A script at this address.
    Url(String),
    /// A package bundled to one module.
    Package {
        /// As in the package registry.
        name: String,
        /// Names the file.
        version: String,
        /// For the bundler.
        args: Vec<String>,
    },
}
