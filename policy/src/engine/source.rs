//! What an engine is built from.

use serde::{Deserialize, Serialize};

use crate::ids::InstanceId;
use crate::permission::AppPolicy;

/// The schema: everything that can be asked, and about what.
pub const SCHEMA: &str = include_str!("../../default/schema.cedarschema");
/// The default guardrails.
pub const GUARDRAILS: &str = include_str!("../../default/guardrails.cedar");
/// The default grants.
pub const GRANTS: &str = include_str!("../../default/grants.cedar");

/// A file of policies.
#[derive(Clone, Debug, Deserialize)]
pub struct PolicySource {
    /// Its name, for errors.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// All policies by layer.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Only forbid.
    pub guardrails: Vec<PolicySource>,
    /// Only permit.
    pub grants: Vec<PolicySource>,
    /// What each app may do.
    pub apps: Vec<AppPolicies>,
}

/// What one app instance may do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppPolicies {
    /// The instance.
    pub instance: InstanceId,
    /// Its approved policies.
    pub policies: Vec<AppPolicy>,
}

/// The layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Only forbid.
    Guardrail,
    /// Only permit.
    Grant,
    /// Generated for an app.
    App,
}

/// One policy as people read it.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyText {
    /// Its layer.
    pub layer: Layer,
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Where it is from: `file:line`, or the place in the app's source.
    pub source: String,
}

impl PolicyText {
    pub(super) fn of_app(policy: &AppPolicy) -> PolicyText {
        let declared = policy
            .source
            .clone()
            .unwrap_or_else(|| policy.declared.clone());
        PolicyText {
            layer: Layer::App,
            id: policy.id.clone(),
            text: policy.text.clone(),
            source: declared,
        }
    }
}
