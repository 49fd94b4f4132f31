//! What an app sets for itself with `settings=`, on top of `config_gen.lock` and the defaults.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Settings of an app in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Which files are templates.
    pub template_locations: Vec<String>,
    /// Folder of the templates that all pages share.
    pub base_templates: String,
    /// Whether clients hear of reloads in production too.
    pub push_events: bool,
    /// Whether styles and scripts may be announced early.
    pub early_hints: bool,
    /// Files that do not go into an image.
    pub container_exclude: Vec<String>,
    /// Version of HTMX.
    pub htmx_version: String,
    /// Whether staging and production have images of their own.
    pub separate_stage_prod_images: bool,
    /// What the app asks of the gateway's configuration; nothing of it takes effect by itself.
    pub app_config: Map<String, Json>,
}

impl Default for Settings {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            template_locations: texts(&["*.go.html"]),
            base_templates: "base_templates".to_owned(),
            push_events: false,
            early_hints: true,
            container_exclude: texts(&[
                "static/**/*",
                "static_root/**/*",
                "base_templates/**/*",
                "*.go.html",
                "*.star",
                "config_gen.lock",
            ]),
            htmx_version: "2.0.3".to_owned(),
            separate_stage_prod_images: false,
            app_config: Map::new(),
        }
    }
}
