//! The part of `settings=` that has a meaning here.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use starlark::values::Value;

use crate::star::convert::{Budget, to_json};

/// Largest settings.
const MAX_BYTES: usize = 1 << 20;

/// Settings of an app with their defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which files are templates.
    pub template_locations: Vec<String>,
    /// Folder of the templates that all pages share.
    pub base_templates: String,
    /// `req.PushEvents`.
    pub push_events: bool,
    /// `req.HtmxVersion`.
    pub htmx_version: String,
}

impl Settings {
    /// Reads the dict given to `ace.app`.
    pub fn read(value: Option<Value<'_>>) -> Result<Self, String> {
        let json = match value {
            Some(value) => to_json(value, &mut Budget::json(MAX_BYTES)),
            None => Ok(Json::Null),
        };
        let json = json.map_err(|error| format!("error encoding settings: {error}"))?;
        let routing = |name: &str| json.pointer(&format!("/routing/{name}")).cloned();
        Ok(Self {
            template_locations: read(routing("template_locations"))?
                .unwrap_or_else(|| vec!["*.go.html".to_owned()]),
            base_templates: read(routing("base_templates"))?
                .unwrap_or_else(|| "base_templates".to_owned()),
            push_events: read(routing("push_events"))?.unwrap_or(false),
            htmx_version: read(json.pointer("/htmx/version").cloned())?
                .unwrap_or_else(|| "2.0.3".to_owned()),
        })
    }
}

fn read<T: DeserializeOwned>(json: Option<Json>) -> Result<Option<T>, String> {
    json.map(serde_json::from_value)
        .transpose()
        .map_err(|error: serde_json::Error| format!("error applying settings: {error}"))
}
