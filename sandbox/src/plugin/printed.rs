//! Starlark's printed form of values, the form in which permissions name arguments.

use serde_json::Value;

/// The printed form of an argument; a string on its own stands without its quotes.
pub fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => nested(other),
    }
}

fn nested(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(_) => value.to_string(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(nested).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| {
                format!("{}: {}", Value::String(key.clone()), nested(value))
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::printed;

    fn check(value: Value, expected: &str) {
        assert_eq!(printed(&value), expected);
    }

    #[test]
    fn values_print_as_starlark() {
        check(json!("a \"b\""), "a \"b\"");
        check(json!(10), "10");
        check(json!(true), "True");
        check(json!(null), "None");
        check(json!(["a", "b"]), r#"["a", "b"]"#);
        check(json!({"k": 1, "l": [false]}), r#"{"k": 1, "l": [False]}"#);
    }
}
