//! The policies in force and the answers they give. An engine never changes: a new set of policies is a
//! new engine, which shares with the old one everything that stayed.
//!
//! Cedar skips a policy that fails, `forbid`s too. Here any failure denies.

mod core;
mod decide;
mod error;
mod explain;
mod index;
mod lint;
mod parse;
mod recall;
mod shelf;
mod source;
mod stepup;
mod world;
mod written;

use std::fmt;
use std::sync::Arc;

use audit::{Blob, PolicyFacts};
use serde_json::json;

pub(crate) use decide::Answer;
pub use error::PolicyError;
pub use explain::{Explanation, NearMiss, Recorded};
pub use source::{
    AppPolicies, GRANTS, GUARDRAILS, Layer, PolicySource, PolicyText, SCHEMA, Sources,
};
pub use stepup::StepUp;

use self::core::Core;
use self::shelf::{App, Shelf};
use crate::ids::InstanceId;

/// How many ancestors an engine remembers, to tell whether it still continues the one in force.
const LINEAGE: usize = 64;

/// A validated set of policies, ready to answer.
pub struct Engine {
    core: Arc<Core>,
    shelf: Shelf,
    facts: Arc<PolicyFacts>,
    root: Arc<Blob>,
    /// Hashes of the engines this one was made from; empty when it was built anew.
    lineage: Vec<String>,
}

impl Engine {
    /// Parses, lints and validates `sources`. The policies of apps were validated when they were
    /// activated; they are parsed when first asked, and an app whose policies are wrong may do nothing.
    pub fn build(sources: Sources) -> Result<Engine, PolicyError> {
        let core = Core::new(&sources.guardrails, &sources.grants)?;
        Ok(Engine::assemble(
            Arc::new(core),
            Shelf::new(sources.apps),
            Vec::new(),
        ))
    }

    /// The same with the policies of one instance replaced, or taken away.
    pub fn with_app(
        &self,
        instance: InstanceId,
        policies: Option<AppPolicies>,
    ) -> Result<Engine, PolicyError> {
        let app = policies.map(|policies| Arc::new(App::new(policies)));
        if let Some(app) = &app {
            if app.policies.instance != instance {
                let message = format!("these are the policies of `{}`", app.policies.instance);
                return Err(PolicyError::new(instance.as_str(), "", 0, message));
            }
            self.core.parsed(app)?;
        }
        Ok(Engine::assemble(
            Arc::clone(&self.core),
            self.shelf.with(instance, app),
            self.descent(),
        ))
    }

    /// The same apps under other guardrails and grants.
    pub fn with_layers(
        &self,
        guardrails: &[PolicySource],
        grants: &[PolicySource],
    ) -> Result<Engine, PolicyError> {
        let core = Arc::new(Core::new(guardrails, grants)?);
        Ok(Engine::assemble(core, self.shelf.clone(), self.descent()))
    }

    /// The lineage of an engine that follows this one.
    fn descent(&self) -> Vec<String> {
        let keep = self.lineage.len().saturating_sub(LINEAGE - 1);
        let kept = self.lineage.iter().skip(keep).cloned();
        kept.chain([self.set_hash().to_owned()]).collect()
    }

    /// The first error in the policies of any app, if there is one.
    #[cfg(test)]
    pub(crate) fn check_apps(&self) -> Result<(), PolicyError> {
        self.shelf
            .apps()
            .try_for_each(|app| self.core.parsed(app).map(drop))
    }

    fn assemble(core: Arc<Core>, shelf: Shelf, lineage: Vec<String>) -> Engine {
        let parts: Vec<&str> = core.blobs.iter().map(|blob| blob.hash()).collect();
        let root = Arc::new(Blob::new(
            json!({ "apps": shelf.hashes(), "layers": parts }).to_string(),
        ));
        let facts = Arc::new(PolicyFacts {
            set: root.hash().to_owned(),
            schema: core
                .blobs
                .last()
                .map(|blob| blob.hash().to_owned())
                .unwrap_or_default(),
            engine: format!("cedar {}", cedar_policy::get_sdk_version()),
        });
        Engine {
            core,
            shelf,
            facts,
            root,
            lineage,
        }
    }

    /// Every policy with its layer and source.
    pub fn texts(&self) -> Vec<PolicyText> {
        let written = self.core.written.iter().map(|written| written.text.clone());
        written
            .chain(
                self.shelf
                    .apps()
                    .flat_map(|app| app.policies.policies.iter().map(PolicyText::of_app)),
            )
            .collect()
    }

    /// The policies of one app.
    pub fn app(&self, instance: &InstanceId) -> Option<&AppPolicies> {
        self.shelf.find(instance).map(|app| &app.policies)
    }

    /// The hash of the whole set: guardrails, grants, apps and schema.
    pub fn set_hash(&self) -> &str {
        &self.facts.set
    }

    pub(crate) fn facts(&self) -> &Arc<PolicyFacts> {
        &self.facts
    }

    /// Whether this engine was built anew or continues `current`.
    pub(crate) fn continues(&self, current: &Engine) -> bool {
        let hash = current.set_hash();
        self.lineage.is_empty()
            || self.set_hash() == hash
            || self.lineage.iter().any(|before| before == hash)
    }

    /// The texts behind the set hash that `before` did not have.
    pub(crate) fn fresh_blobs(&self, before: Option<&Engine>) -> Vec<Arc<Blob>> {
        let mut blobs = self.shelf.fresh(before.map(|engine| &engine.shelf));
        if before.is_none_or(|engine| !Arc::ptr_eq(&engine.core, &self.core)) {
            blobs.extend(self.core.blobs.iter().cloned());
        }
        blobs.push(Arc::clone(&self.root));
        blobs
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("set", &self.facts.set)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
