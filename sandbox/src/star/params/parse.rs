//! Operators set parameters as text; this reads the text by the declared type.

use serde_json::Value as Json;

use super::{Declared, Kind};
use crate::star::convert::floats;
use crate::star::go_json;

/// The value in effect: what the operator gave, else the default.
pub fn value(param: &Declared, given: Option<&str>) -> Result<Json, String> {
    let name = &param.name;
    let Some(text) = given else {
        if param.default.is_null() && param.required {
            return Err(format!(
                "param {name} is a required param, a value has to be provided"
            ));
        }
        return Ok(param.default.clone());
    };
    if param.required && param.kind == Kind::Text && text.is_empty() {
        return Err(format!(
            "param {name} is a required param, value cannot be empty"
        ));
    }
    let (value, want) = match param.kind {
        Kind::Text => (Some(Json::String(text.to_owned())), ""),
        Kind::Int => (text.parse::<i64>().ok().map(Json::from), "an int"),
        Kind::Bool => (boolean(text).map(Json::Bool), "a boolean"),
        Kind::Dict => (json(text).filter(Json::is_object), "a json dict"),
        Kind::List => (json(text).filter(Json::is_array), "a json list"),
    };
    value.ok_or_else(|| format!("error parsing param {name}: param {name} is not {want}"))
}

/// A value as operators write it.
pub fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => go_json(value),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

fn json(text: &str) -> Option<Json> {
    serde_json::from_str(text).ok().map(floats)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, given: Option<&str>, expected: Result<Json, &str>) {
        let param = Declared {
            name: "p".into(),
            kind,
            description: String::new(),
            required: true,
            default: Json::Null,
            display: String::new(),
        };
        assert_eq!(
            value(&param, given),
            expected.map_err(str::to_owned),
            "{given:?}"
        );
    }

    #[test]
    fn values_are_read_by_type() {
        check(Kind::Int, Some("12"), Ok(Json::from(12)));
        check(
            Kind::Int,
            Some("1.5"),
            Err("error parsing param p: param p is not an int"),
        );
        check(Kind::Bool, Some("T"), Ok(Json::Bool(true)));
        check(
            Kind::Bool,
            Some("yes"),
            Err("error parsing param p: param p is not a boolean"),
        );
        check(Kind::List, Some("[1]"), Ok(serde_json::json!([1.0])));
        check(
            Kind::List,
            Some("{}"),
            Err("error parsing param p: param p is not a json list"),
        );
        check(
            Kind::Dict,
            Some("{\"a\":null}"),
            Ok(serde_json::json!({"a": null})),
        );
        check(
            Kind::Text,
            Some(""),
            Err("param p is a required param, value cannot be empty"),
        );
        check(
            Kind::Text,
            None,
            Err("param p is a required param, a value has to be provided"),
        );
    }
}
