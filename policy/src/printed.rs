//! Starlark's printed form of values, in which permissions name arguments.

use serde_json::Value;

/// The printed form of a list of strings: `["-s", "b"]`.
pub(crate) fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| string(item)).collect();
    format!("[{}]", items.join(", "))
}

/// The printed form of a string, quoted.
pub(crate) fn string(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// The printed form of a value; a string on its own is unquoted.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            nested(value)
        }
    }
}

/// The printed form of a value, strings quoted: nothing but a string looks like one.
pub(crate) fn nested(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => string(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(nested).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{}: {}", string(key), nested(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn values_read_as_in_starlark() {
        let check = |given, expected: &str| assert_eq!(super::value(&given), expected);
        check(json!("a\"b"), "a\"b");
        check(json!(["a\"b", 1, null]), r#"["a\"b", 1, None]"#);
        check(
            json!({"k": true, "l": [false]}),
            r#"{"k": True, "l": [False]}"#,
        );
        check(json!(10), "10");
    }
}
