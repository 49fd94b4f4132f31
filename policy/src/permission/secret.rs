//! The secrets of a permission: which, and that they may only go where the call goes.

use serde_json::Value;

use super::draft::{Draft, Reading, Sinks};
use super::{anchored, est};
use crate::action::Action;
use crate::ids::SecretId;

/// The drafts of `secret.resolve` policies for the tuples of a permission.
pub(super) fn read(reading: &Reading<'_>, call: &Draft) -> Result<Vec<Draft>, String> {
    let mut drafts = Vec::new();
    for keys in &reading.permission.secrets {
        if keys.iter().all(String::is_empty) {
            return Err("a secret is named by at least one key".to_owned());
        }
        if keys.iter().any(|key| key.starts_with("regex:")) {
            drafts.extend(expressions(reading, call, keys)?);
        } else {
            for id in named(reading, keys) {
                let secret = est::entity("Secret", &id.to_string());
                drafts.push(bound(reading, call, Draft::new(est::is_one(secret), 1))?);
            }
        }
    }
    Ok(drafts)
}

/// The references found in the source that have exactly these keys, else the default provider's.
fn named(reading: &Reading<'_>, keys: &[String]) -> Vec<SecretId> {
    let paths = [keys.join("/"), keys.join("_")];
    let mut found: Vec<SecretId> = reading
        .facts
        .secrets
        .iter()
        .filter(|id| paths.contains(&id.path))
        .cloned()
        .collect();
    found.sort();
    found.dedup();
    if found.is_empty() {
        let [path, _] = paths;
        found.push(SecretId {
            provider: reading.facts.default_provider.to_owned(),
            path,
        });
    }
    found
}

fn expressions(reading: &Reading<'_>, call: &Draft, keys: &[String]) -> Result<Vec<Draft>, String> {
    for pattern in keys.iter().filter_map(|key| key.strip_prefix("regex:")) {
        anchored(pattern).map_err(|error| format!("`regex:{pattern}` cannot be used: {error}"))?;
    }
    let parts: Vec<String> = keys
        .iter()
        .map(|key| {
            key.strip_prefix("regex:")
                .map_or_else(|| regex::escape(key), |pattern| format!("(?:{pattern})"))
        })
        .collect();
    let pattern = parts.join("[/_]");
    let mut providers: Vec<&str> = reading
        .facts
        .secrets
        .iter()
        .map(|id| id.provider.as_str())
        .collect();
    providers.push(reading.facts.default_provider);
    providers.sort_unstable();
    providers.dedup();
    let draft = |provider: &str| {
        let folder = est::entity("SecretPath", &format!("{provider}:"));
        let draft = Draft::new(est::is_below("Secret", folder), 3);
        bound(
            reading,
            call,
            draft.expression(Action::SecretResolve, 0, &pattern)?,
        )
    };
    providers.into_iter().map(draft).collect()
}

/// The secret may only go with this function, to where the call may go.
fn bound(reading: &Reading<'_>, call: &Draft, draft: Draft) -> Result<Draft, String> {
    let via = est::equal(&["via"], est::literal(reading.function.action.as_str()));
    let draft = draft.when(via);
    Ok(match &call.sink {
        Sinks::None => {
            return Err(format!(
                "{}.{} carries no secrets",
                reading.function.plugin, reading.function.name
            ));
        }
        Sinks::Known(condition) => (call.places.iter())
            .map(|place| est::given("url", place.clone()))
            .fold(draft.when(Value::clone(condition)), Draft::when),
        Sinks::Any(risk) => Draft { level: 3, ..draft }.risk(*risk),
    })
}
