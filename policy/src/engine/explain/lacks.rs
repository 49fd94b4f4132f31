//! What a permit lacks: each of its parts is evaluated as a permit of its own, so Cedar itself says which
//! does not hold.

use cedar_policy::{Authorizer, Decision, Entities, Policy, PolicySet, Request};
use serde_json::{Value, json};

/// The parts of a permit that do not hold, and how much they weigh: principal 4, resource 2, condition 1.
pub(super) fn lacks(policy: &Policy, request: &Request, entities: &Entities) -> (u32, Vec<String>) {
    let Ok(json) = policy.to_json() else {
        return (u32::MAX, Vec::new());
    };
    let any = json!({ "op": "All" });
    let (mut distance, mut lacks) = (0, Vec::new());
    for (part, weight) in [("principal", 4), ("resource", 2)] {
        let scope = json.get(part).unwrap_or(&any);
        let (principal, resource) = if part == "principal" {
            (scope, &any)
        } else {
            (&any, scope)
        };
        if !holds(&alone(principal, resource, None), request, entities) {
            distance += weight;
            lacks.push(printed(&alone(principal, resource, None), part));
        }
    }
    for condition in json
        .get("conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        for condition in conjuncts(condition) {
            let single = alone(&any, &any, Some(&condition));
            if !holds(&single, request, entities) {
                distance += 1;
                lacks.push(printed(&single, "condition"));
            }
        }
    }
    (distance, lacks)
}

/// The parts of a `when` joined by `&&`; a `has` stays with what it guards.
fn conjuncts(condition: &Value) -> Vec<Value> {
    let (kind, body) = (condition.get("kind"), condition.get("body"));
    if kind.and_then(Value::as_str) != Some("when") {
        return vec![condition.clone()];
    }
    body.map(split)
        .unwrap_or_default()
        .into_iter()
        .map(|body| json!({ "kind": "when", "body": body }))
        .collect()
}

fn split(body: &Value) -> Vec<Value> {
    match body
        .get("&&")
        .and_then(|and| and.get("left").zip(and.get("right")))
    {
        Some((left, right)) if !guards(left) => {
            split(left).into_iter().chain(split(right)).collect()
        }
        Some(_) | None => vec![body.clone()],
    }
}

fn guards(expression: &Value) -> bool {
    expression.get("has").is_some()
        || expression
            .get("&&")
            .and_then(|and| and.get("left").zip(and.get("right")))
            .is_some_and(|(left, right)| guards(left) || guards(right))
}

/// A permit with one part only.
fn alone(principal: &Value, resource: &Value, condition: Option<&Value>) -> Value {
    json!({
        "effect": "permit", "principal": principal, "action": { "op": "All" }, "resource": resource,
        "conditions": condition.into_iter().collect::<Vec<_>>(),
    })
}

fn holds(policy: &Value, request: &Request, entities: &Entities) -> bool {
    let set = Policy::from_json(None, policy.clone())
        .ok()
        .and_then(|policy| PolicySet::from_policies([policy]).ok());
    set.is_some_and(|set| {
        Authorizer::new()
            .is_authorized(request, &set, entities)
            .decision()
            == Decision::Allow
    })
}

/// The part as Cedar text.
fn printed(policy: &Value, part: &str) -> String {
    let Ok(policy) = Policy::from_json(None, policy.clone()) else {
        return part.to_owned();
    };
    let text = policy
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    match part {
        "condition" => {
            let start = text
                .find("when")
                .or_else(|| text.find("unless"))
                .unwrap_or_default();
            text.get(start..)
                .unwrap_or(&text)
                .trim_end_matches(';')
                .to_owned()
        }
        "principal" => scope(&text, "principal"),
        part => scope(&text, part),
    }
}

fn scope(text: &str, part: &str) -> String {
    let start = text.find(part).unwrap_or_default();
    let rest = text.get(start..).unwrap_or(text);
    let end = if part == "principal" {
        rest.find(", action")
    } else {
        rest.rfind(')')
    };
    rest.get(..end.unwrap_or(rest.len()))
        .unwrap_or(rest)
        .trim()
        .to_owned()
}
