//! Policies written by hand: read, linted and validated file by file, so that an error names its place.

use std::collections::HashMap;

use cedar_policy::{Policy, PolicySet, ValidationMode, Validator};

use super::error::PolicyError;
use super::lint;
use super::parse::{Placed, parse};
use super::source::{Layer, PolicySource, PolicyText};

/// A hand-written policy.
pub(super) struct Written {
    pub policy: Policy,
    pub text: PolicyText,
}

pub(super) fn read_source(
    layer: Layer,
    source: &PolicySource,
    validator: &Validator,
    taken: &mut HashMap<String, String>,
) -> Result<Vec<Placed>, PolicyError> {
    let placed = parse(&source.name, &source.text)?;
    for placed in &placed {
        lint::written(layer, &source.name, &source.text, placed)?;
        let place = format!("{}:{}", source.name, placed.line);
        if let Some(other) = taken.insert(placed.policy.id().to_string(), place) {
            let message = format!(
                "the id `{}` is already taken at {other}",
                placed.policy.id()
            );
            return Err(PolicyError::new(
                &source.name,
                &source.text,
                placed.offset,
                message,
            ));
        }
    }
    validate(validator, &source.name, &source.text, &placed)?;
    Ok(placed)
}

impl Written {
    pub fn new(layer: Layer, source: &PolicySource, placed: &Placed) -> Written {
        let text = PolicyText {
            layer,
            id: placed.policy.id().to_string(),
            text: placed
                .policy
                .to_cedar()
                .unwrap_or_else(|| placed.policy.to_string()),
            source: format!("{}:{}", source.name, placed.line),
        };
        Written {
            text,
            policy: placed.policy.clone(),
        }
    }
}

pub(super) fn validate(
    validator: &Validator,
    file: &str,
    text: &str,
    placed: &[Placed],
) -> Result<(), PolicyError> {
    let policies = placed.iter().map(|placed| placed.policy.clone());
    let set = PolicySet::from_policies(policies).map_err(|error| {
        PolicyError::from_cedar(file, text, 0, &error).with_help("give each policy its own `@id`")
    })?;
    let result = validator.validate_with_level(&set, ValidationMode::Strict, 1);
    match result.validation_errors().next() {
        None => Ok(()),
        Some(error) => {
            let offset = placed
                .iter()
                .find(|placed| placed.policy.id() == error.policy_id());
            Err(PolicyError::from_cedar(
                file,
                text,
                offset.map_or(0, |placed| placed.offset),
                error,
            ))
        }
    }
}
