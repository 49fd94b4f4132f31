//! Policies as they were: sources found again in the texts that the audit log keeps by hash.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::source::{AppPolicies, PolicySource, SCHEMA, Sources};
use crate::ids::InstanceId;

/// The root of the tree of texts.
#[derive(Deserialize)]
struct Root {
    apps: Vec<String>,
    layers: [String; 3],
}

impl Sources {
    /// The set with this hash, with the policies of one app at most; `text` finds a text by its hash. None when a
    /// text is gone or the schema was another than ours: then nothing can be said for certain.
    pub fn recall(
        set: &str,
        instance: Option<&InstanceId>,
        text: impl Fn(&str) -> Option<String>,
    ) -> Option<Sources> {
        let root: Root = serde_json::from_str(&text(set)?).ok()?;
        let [guardrails, grants, schema] = &root.layers;
        if text(schema)? != SCHEMA {
            return None;
        }
        let layer = |hash: &str| serde_json::from_str::<Vec<PolicySource>>(&text(hash)?).ok();
        Some(Sources {
            guardrails: layer(guardrails)?,
            grants: layer(grants)?,
            apps: match instance {
                Some(instance) => app(&root.apps, instance, &text)?,
                None => Vec::new(),
            },
        })
    }
}

/// The policies of `instance`, if it had any.
fn app(
    boards: &[String],
    instance: &InstanceId,
    text: impl Fn(&str) -> Option<String>,
) -> Option<Vec<AppPolicies>> {
    for board in boards {
        let apps: BTreeMap<String, String> = serde_json::from_str(&text(board)?).ok()?;
        if let Some(hash) = apps.get(instance.as_str()) {
            return Some(vec![serde_json::from_str(&text(hash)?).ok()?]);
        }
    }
    Some(Vec::new())
}
