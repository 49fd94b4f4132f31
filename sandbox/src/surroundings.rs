//! What the gateway tells an app about where it runs; `ace.config` and `star_base` read it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Surroundings of one app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Surroundings {
    /// `_app_url`: scheme, host and path of the app.
    pub app_url: Option<String>,
    /// `_branch`: of the declaration the app comes from.
    pub branch: Option<String>,
    /// `_dev`: of the declaration the app comes from.
    pub dev: Option<bool>,
    /// Entries the operator has set for all apps.
    pub node: Map<String, Value>,
    /// Environment values that may stand in texts as `$NAME`.
    pub environment: BTreeMap<String, String>,
    /// Folder of the Starlark files, empty for the root of the app.
    pub star_base: String,
}
