//! The policies in force and the answers they give. An engine never changes: a new set of policies is a
//! new engine, which shares with the old one everything that stayed.

mod error;
mod explain;
mod source;

pub use error::PolicyError;
pub use explain::{Explanation, NearMiss, Recorded};
pub use source::{AppPolicies, GRANTS, GUARDRAILS, Layer, PolicySource, PolicyText, SCHEMA, Sources};

use crate::call::Call;
use crate::caller::{Caller, Moment};
use crate::ids::InstanceId;

/// A validated set of policies, ready to answer.
#[derive(Debug)]
pub struct Engine {
    hash: String,
}

impl Engine {
    /// Parses, lints and validates `sources`.
    pub fn build(sources: Sources) -> Result<Engine, PolicyError> {
        let _ = sources;
        Ok(Engine { hash: String::new() })
    }

    /// The same with the policies of one instance replaced, or taken away.
    pub fn with_app(&self, instance: InstanceId, policies: Option<AppPolicies>) -> Result<Engine, PolicyError> {
        let _ = (instance, policies);
        Ok(Engine { hash: self.hash.clone() })
    }

    /// Every policy with its layer and source.
    pub fn texts(&self) -> Vec<PolicyText> {
        Vec::new()
    }

    /// The hash of the whole set.
    pub fn set_hash(&self) -> &str {
        &self.hash
    }

    /// Why `call` would be decided as it would be.
    pub fn explain<C: Call>(&self, caller: &Caller, call: &C, at: &Moment) -> Explanation {
        let _ = (caller, call, at);
        Explanation::default()
    }

    /// Why a recorded question is decided as it is, by the policies in force now.
    pub fn explain_recorded(&self, recorded: &Recorded) -> Explanation {
        let _ = recorded;
        Explanation::default()
    }
}
