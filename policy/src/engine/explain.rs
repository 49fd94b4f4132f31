//! Why a decision is what it is.

use serde::Serialize;
use serde_json::Value;

use super::source::PolicyText;

/// The reasons of a decision, for operators and auditors.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Explanation {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The policies that decided.
    pub determining: Vec<PolicyText>,
    /// What those policies say, `@reason`.
    pub texts: Vec<String>,
    /// Evaluation errors; any of them denies.
    pub errors: Vec<String>,
    /// Permits that nearly matched.
    pub near: Vec<NearMiss>,
}

/// A permit that nearly matched.
#[derive(Clone, Debug, Serialize)]
pub struct NearMiss {
    /// The policy.
    pub policy: PolicyText,
    /// The parts that did not hold, as text.
    pub lacks: Vec<String>,
}

/// A question taken from a record.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Type (without namespace) and id of the principal.
    pub principal: audit::EntityRef,
    /// The action.
    pub action: String,
    /// Type and id of the resource.
    pub resource: audit::EntityRef,
    /// The context as recorded.
    pub context: Value,
    /// The texts of the entities as recorded.
    pub entities: Vec<String>,
}
