//! What an app declares about the container that serves it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The arguments of `container.config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerConfig {
    /// `auto`, a file to build, or `image:<name>`.
    pub source: String,
    /// How long the container lives.
    pub lifetime: String,
    /// Where it listens; zero to find out.
    pub port: u16,
    /// `http` or `https`.
    pub scheme: String,
    /// Path that tells whether it is up.
    pub health: String,
    /// Folder to build in.
    pub build_dir: String,
    /// Mounts.
    pub volumes: Vec<String>,
    /// Build arguments by name.
    pub cargs: Value,
    /// What differs in development.
    pub dev_settings: Value,
}
