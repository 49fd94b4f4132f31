//! Apps and sets.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

/// `app.create`, `app.develop`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CreateApp {
    /// `[host:]/path`.
    pub path: String,
    /// Folder on the server's machine, absolute.
    pub source: PathBuf,
    /// Values for the app's parameters.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// How people sign in for it: `default`, `none`, `builtin` or a provider's name. `none` needs
    /// `app.publish` as well.
    #[serde(default)]
    pub auth: String,
    /// Approve what the app asks for; needs `app.approve` as well.
    #[serde(default)]
    pub approve: bool,
    /// Tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// `app.read`, `app.delete`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AppPath {
    /// `[host:]/path`.
    pub path: String,
}

/// `app.approve`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveApp {
    /// `[host:]/path`.
    pub path: String,
    /// Approve only the version whose hash begins with this.
    #[serde(default)]
    pub hash: Option<String>,
    /// Tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// `app.update`: read the source folder again, or change how people sign in.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReloadApp {
    /// `[host:]/path`.
    pub path: String,
    /// Change nothing but how people sign in for it, to this; `none` needs `app.publish` as well.
    #[serde(default)]
    pub auth: Option<String>,
    /// Approve what the app asks for; needs `app.approve` as well.
    #[serde(default)]
    pub approve: bool,
    /// Tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// `set.add`, `set.remove`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetApp {
    /// Name of the set.
    pub set: String,
    /// `[host:]/path`.
    pub path: String,
}

/// Answer to `set.add` and `set.remove`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct SetChanged {
    /// Name of the set.
    pub set: String,
    /// `[host:]/path`.
    pub path: String,
    /// Whether anything is different now.
    pub changed: bool,
}

/// A set and its apps.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct SetSummary {
    /// Name of the set.
    pub set: String,
    /// Addresses of its apps.
    pub apps: Vec<String>,
}

/// How far an app is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// Everything it asks for.
    Approved,
    /// An earlier version; new permissions wait.
    Partly,
    /// Nothing yet.
    Waiting,
}

impl Approval {
    /// The word, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Approval::Approved => "approved",
            Approval::Partly => "partly",
            Approval::Waiting => "waiting",
        }
    }
}

/// One app in a list.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AppSummary {
    /// `[host:]/path`.
    pub path: String,
    /// The name the app gives itself.
    pub name: String,
    /// `app_<uuid>`.
    pub id: String,
    /// `prod`, or `dev` for an app that follows its folder.
    pub env: String,
    /// Current version.
    pub version: u64,
    /// How far it is approved.
    pub approval: Approval,
    /// Folder it was read from.
    pub source: String,
    /// Sets it is in.
    pub sets: Vec<String>,
    /// How people sign in for it: `default`, `none`, `builtin` or a provider's name.
    pub auth: String,
}

/// One app in full.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct AppDetail {
    /// As in lists.
    pub summary: AppSummary,
    /// Where it can be opened.
    pub urls: Vec<String>,
    /// Hash of files and parameters.
    pub spec_hash: String,
    /// Parameter values that were set.
    pub params: BTreeMap<String, String>,
    /// Parameters it declares, in their order.
    pub declared: Vec<Parameter>,
    /// Plugins it loads.
    pub loads: Vec<String>,
    /// Tables of its documents.
    pub tables: Vec<String>,
    /// Style library or its address.
    pub style: Option<String>,
    /// JavaScript libraries it names.
    pub libraries: Vec<String>,
    /// `METHOD /pattern` of its routes.
    pub routes: Vec<String>,
    /// What it asks for and what of that is approved.
    pub permissions: Vec<PermissionLine>,
    /// Position of the approval in the audit log.
    pub approval_seq: Option<u64>,
    /// Who approved.
    pub approved_by: Option<String>,
    /// Why an app in development does not run as it is in its folder.
    pub problem: Option<String>,
    /// What operators should know.
    pub warnings: Vec<String>,
}

/// A parameter as the app declares it.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// `INT`, `STRING`, `BOOLEAN`, `DICT` or `LIST`.
    pub kind: String,
    /// What it is for.
    pub description: String,
    /// The value in effect; `None` for passwords, which are not shown.
    pub value: Option<String>,
    /// Whether the value is the default.
    pub default: bool,
}

/// What became, or would become, of an app.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Change {
    /// `[host:]/path`.
    pub path: String,
    /// The name the app gives itself.
    pub name: String,
    /// `app_<uuid>`.
    pub id: String,
    /// Version that runs now.
    pub version: u64,
    /// Hash of files and parameters.
    pub spec_hash: String,
    /// Whether files or parameters differ from before.
    pub changed: bool,
    /// How far it is approved.
    pub approval: Approval,
    /// Nothing was stored.
    pub dry_run: bool,
    /// Where it can be opened.
    pub urls: Vec<String>,
    /// What it asks for, compared with what is approved.
    pub permissions: Vec<PermissionLine>,
    /// What operators should know.
    pub warnings: Vec<String>,
}

/// A permission compared with the approved ones.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct PermissionLine {
    /// New, same or gone.
    pub state: Mark,
    /// As the author wrote it.
    pub declared: String,
    /// `read`, `write`, `system`.
    pub effect: String,
    /// What an approver should know.
    pub risk: Option<String>,
    /// 0 (harmless) to 3.
    pub level: u8,
    /// `file:line`.
    pub source: Option<String>,
    /// Id of its policy.
    pub policy: String,
}

/// How a declared permission relates to the approved ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Declared, not approved.
    New,
    /// Declared and approved.
    Same,
    /// Approved once, no longer declared.
    Gone,
}
