//! Cedar policies as JSON values. Strings from app authors only ever become string values here, never
//! policy text, so nothing in them can end a literal and begin a condition.

use cedar_policy::Policy;
use cedar_policy_formatter::{Config, policies_str_to_pretty};
use serde_json::{Map, Value, json};

const NAMESPACE: &str = "Sallyport";

/// An entity reference.
pub(super) fn entity(kind: &str, id: &str) -> Value {
    json!({ "type": format!("{NAMESPACE}::{kind}"), "id": id })
}

/// Scope: exactly this one.
pub(super) fn is_one(entity: Value) -> Value {
    json!({ "op": "==", "entity": entity })
}

/// Scope: any of this type.
pub(super) fn is_any(kind: &str) -> Value {
    json!({ "op": "is", "entity_type": format!("{NAMESPACE}::{kind}") })
}

/// Expression: `left || right`.
pub(super) fn either(left: Value, right: Value) -> Value {
    binary("||", left, right)
}

/// Scope: any of this type below the entity.
pub(super) fn is_below(kind: &str, entity: Value) -> Value {
    json!({ "op": "is", "entity_type": format!("{NAMESPACE}::{kind}"), "in": { "entity": entity } })
}

/// Scope: the entity and all below it.
pub(super) fn is_in(entity: Value) -> Value {
    json!({ "op": "in", "entity": entity })
}

/// Expression: `context.a.b`.
pub(super) fn context(path: &[&str]) -> Value {
    path.iter().fold(
        json!({ "Var": "context" }),
        |left, attr| json!({ ".": { "left": left, "attr": attr } }),
    )
}

/// Expression: a string, number or the like.
pub(super) fn literal(value: impl Into<Value>) -> Value {
    json!({ "Value": value.into() })
}

/// Expression: an entity.
pub(super) fn entity_literal(entity: Value) -> Value {
    json!({ "Value": { "__entity": entity } })
}

/// Expression: `left op right`.
pub(super) fn binary(operator: &str, left: Value, right: Value) -> Value {
    json!({ operator: { "left": left, "right": right } })
}

/// Expression: `context.a.b == right`.
pub(super) fn equal(path: &[&str], right: Value) -> Value {
    binary("==", context(path), right)
}

/// Expression: `context has name && body`.
pub(super) fn given(name: &str, body: Value) -> Value {
    binary(
        "&&",
        json!({ "has": { "left": { "Var": "context" }, "attr": name } }),
        body,
    )
}

/// Expression: `left like pattern`, where `*` in the pattern stands for anything.
pub(super) fn like(left: Value, pattern: &str) -> Value {
    let mut parts = Vec::new();
    for (number, text) in pattern.split('*').enumerate() {
        if number > 0 {
            parts.push(json!("Wildcard"));
        }
        if !text.is_empty() {
            parts.push(json!({ "Literal": text }));
        }
    }
    json!({ "like": { "left": left, "pattern": parts } })
}

/// Expression: equal, or `like` when the pattern has a `*`.
pub(super) fn matches(left: Value, pattern: &str) -> Value {
    if pattern.contains('*') {
        like(left, pattern)
    } else {
        binary("==", left, literal(pattern))
    }
}

/// Expression: a set of strings.
pub(super) fn set(texts: &[String]) -> Value {
    json!({ "Set": texts.iter().map(|text| literal(text.as_str())).collect::<Vec<_>>() })
}

/// A permit of an app instance, to be printed.
pub(super) struct Permit<'a> {
    pub instance: &'a str,
    pub action: &'a str,
    pub resource: &'a Value,
    pub conditions: &'a [Value],
    /// The account of the plugin, or empty.
    pub account: &'a str,
}

impl Permit<'_> {
    /// The id: the hash of the policy without annotations, so that an unchanged permission keeps it. The
    /// plugin without an account is not told in it: it had none before there were accounts.
    pub fn id(&self) -> Result<String, String> {
        let account = (!self.account.is_empty()).then_some(self.account);
        let text = self.plain(&Map::new(), account)?;
        Ok(format!("a.{}.{}", self.instance, super::hash16(&text)))
    }

    /// The policy as Cedar text, laid out for people.
    pub fn text(&self, annotations: &Map<String, Value>) -> Result<String, String> {
        let plain = self.plain(annotations, Some(self.account))?;
        let text = policies_str_to_pretty(
            &plain,
            &Config {
                line_width: 110,
                indent_width: 2,
            },
        )
        .map_err(|error| error.to_string())?;
        let same = Policy::parse(None, &text).map_err(|error| error.to_string())?;
        let plain = Policy::parse(None, &plain).map_err(|error| error.to_string())?;
        let json = |policy: &Policy| policy.to_json().map_err(|error| error.to_string());
        if json(&same)? == json(&plain)? {
            Ok(text)
        } else {
            Err("the printed policy is another one".to_owned())
        }
    }

    fn plain(
        &self,
        annotations: &Map<String, Value>,
        account: Option<&str>,
    ) -> Result<String, String> {
        let own = account.map(|account| equal(&["account"], literal(account)));
        let conditions: Vec<Value> = self
            .conditions
            .iter()
            .chain(&own)
            .map(|body| json!({ "kind": "when", "body": body }))
            .collect();
        let policy = json!({
            "effect": "permit",
            "principal": is_one(entity("AppInstance", self.instance)),
            "action": is_one(entity("Action", self.action)),
            "resource": self.resource,
            "conditions": conditions,
            "annotations": annotations,
        });
        Policy::from_json(None, policy)
            .map(|policy| policy.to_string())
            .map_err(|error| error.to_string())
    }
}
