//! What an app declares about itself, read once from its source and stored with its version.

mod container;
mod proxy;
mod settings;
mod style;

use serde::{Deserialize, Serialize};

pub use container::ContainerConfig;
pub use proxy::ProxyConfig;
pub use settings::Settings;
pub use style::{Library, Style};

/// The result of evaluating an app without letting it reach anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Inspection {
    /// The name given to `ace.app`.
    pub name: String,
    /// Pages, fragments and APIs in the order of registration.
    pub routes: Vec<Route>,
    /// What the app asks to be permitted.
    pub permissions: Vec<policy::Permission>,
    /// Plugins loaded, in order, without duplicates.
    pub loads: Vec<String>,
    /// Forms with a run function.
    pub actions: Vec<ActionInfo>,
    /// Parameters declared in `params.star`.
    pub params: Vec<ParamInfo>,
    /// The style given to `ace.app`.
    pub style: Option<Style>,
    /// What `ace.app` names as JavaScript libraries.
    #[serde(default)]
    pub libraries: Vec<Library>,
    /// The container that serves the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<ContainerConfig>,
    /// The documents it stores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<store::Schema>,
    /// What the app sets for itself, with the defaults.
    #[serde(default)]
    pub settings: Settings,
    /// Secret references found in the source and in the parameters.
    pub references: Vec<secrets::Reference>,
    /// Whether the app path without a slash redirects to the one with it.
    pub redirect_bare_path: bool,
    /// The source tree itself is the app.
    pub static_only: bool,
    /// File served for the root of a static app.
    pub index: String,
    /// A static app that answers with its index alone.
    #[serde(default)]
    pub single_file: bool,
    /// Pages are written by the author from the first line on.
    #[serde(default)]
    pub custom_layout: bool,
    /// Things an operator should know that do not stop the app.
    pub warnings: Vec<String>,
}

/// One page, fragment or API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// What the route answers with.
    pub kind: RouteKind,
    /// HTTP method, upper case; `*` for all of them.
    pub method: String,
    /// Pattern relative to the app path, e.g. `/notes/{id}`.
    pub pattern: String,
    /// Template of the whole page.
    pub full: String,
    /// Template or block for HTMX requests.
    pub partial: String,
    /// `JSON` or `TEXT` for an API, else empty.
    pub api_type: String,
    /// Index among the worker's handlers.
    pub handler: usize,
    /// Where a proxy route leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyConfig>,
}

/// What a route answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RouteKind {
    /// A template.
    Html,
    /// JSON or text.
    Api,
    /// Another server's answer.
    Proxy,
}

/// A form page whose submission runs a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionInfo {
    /// Title.
    pub name: String,
    /// Mount path relative to the app, with a leading slash.
    pub path: String,
    /// Text under the title.
    pub description: String,
    /// Parameters not shown.
    pub hidden: Vec<String>,
    /// Whether the form has a validate button.
    pub show_validate: bool,
    /// Whether there is a suggest function.
    pub suggest: bool,
    /// Custom permissions, any of which grants access.
    pub permit: Vec<String>,
}

/// One declared parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamInfo {
    /// Name as declared.
    pub name: String,
    /// `INT`, `STRING`, `BOOLEAN`, `DICT` or `LIST`.
    pub kind: String,
    /// Explanation for people.
    pub description: String,
    /// Whether a value must exist.
    pub required: bool,
    /// Value in effect as text: the operator's or the default.
    pub value: String,
    /// How a form shows it, e.g. `textarea:5`.
    pub display: String,
}
