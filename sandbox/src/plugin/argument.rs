//! Reading of bound arguments. Binding has checked their kinds; what it cannot see is inside dicts.

use policy::Bound;
use secrets::Tokens;
use serde_json::Value;

/// What is wrong with an argument, in the words OpenRun uses.
pub type Problem = String;

/// A boolean.
pub fn flag(bound: &Bound, name: &str) -> bool {
    bound.value(name).as_bool().unwrap_or_default()
}

/// A whole number.
pub fn number(bound: &Bound, name: &str) -> i64 {
    bound.value(name).as_i64().unwrap_or_default()
}

/// A list of strings.
pub fn texts(bound: &Bound, name: &str) -> Vec<String> {
    let items = bound.value(name).as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// A dict of strings; `what` names its entries in messages.
pub fn pairs(bound: &Bound, name: &str, what: &str) -> Result<Vec<(String, String)>, Problem> {
    let pair = |(key, value): (&String, &Value)| match value {
        Value::String(text) => Ok((key.clone(), text.clone())),
        other => Err(format!(
            "expected {what} value for key '{key}' to be a string. got: '{}'",
            policy::kind_of(other)
        )),
    };
    bound
        .value(name)
        .as_object()
        .into_iter()
        .flatten()
        .map(pair)
        .collect()
}

/// The arguments in print by parameter index, with references in the places of tokens.
pub fn subjects(bound: &Bound, tokens: &Tokens) -> Vec<(usize, String)> {
    bound
        .subjects()
        .into_iter()
        .map(|(index, text)| (index, tokens.show(&text)))
        .collect()
}
