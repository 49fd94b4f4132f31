//! Runs what is not trusted: app code in Starlark, app templates and the plugins they call.
//!
//! App code never runs in the gateway's process. Each app instance has a *worker*: the same binary
//! started as `<binary> worker`, with no files, network, environment or secrets, and one socket to
//! its host. A plugin call is a message to the host, which asks the [`policy::Gate`] and acts
//! there. A worker that loops, allocates or crashes takes down only its own app.
//!
//! * [`Source`] and [`Inspection`]: what an app consists of and declares.
//! * [`Sandbox`] and [`App`]: the host side; inspect a source, serve requests.
//! * [`worker_main`]: the other side of the wall.
//! * [`match_route`]: which route a path belongs to, without running anything.

mod download;
mod error;
mod frame;
pub mod generated;
mod host;
mod inspection;
mod limits;
mod moment;
mod pattern;
mod plugin;
mod request;
mod served;
mod source;
mod star;
mod surroundings;
mod template;
#[cfg(test)]
mod testing;
mod warden;
mod worker;

pub use download::{Downloaded, download, locate};
pub use error::AppError;
pub use host::{Answered, App, Config, Pieces, Sandbox, Spec};
pub use inspection::{
    ActionInfo, ContainerConfig, Inspection, Library, ParamInfo, ProxyConfig, Route, RouteKind,
    Settings, Style,
};
pub use limits::Limits;
pub use pattern::{PatternError, RouteMatch, match_route};
pub use plugin::proxy::{
    Cause, Forward, ForwardError, Outgoing, PassError, Passed, Until, Upgrade, Watch,
};
pub use plugin::settings::{
    Block as PluginSettings, Blocks as PluginBlocks, Links as PluginLinks,
    check as check_plugin_setting, keys as plugin_keys, plugins as plugins_with_settings,
};
pub use plugin::{real_path, resolve_program};
pub use request::{AppRequest, AppResponse, AppUser, CustomAudit};
pub use served::{Forgetful, Served, ServedError, ServedFile, Taken, Visibility};
pub use source::{Source, SourceError, SourceLimits};
pub use surroundings::Surroundings;
pub use worker::worker_main;
