//! Plain data as JSON and as text, printed the way Go prints it.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// Compact JSON with sorted keys; whole floats without a fraction, as Go writes them.
pub fn json(value: &Json) -> String {
    let mut text = String::new();
    write_json(value, &mut text);
    text
}

fn write_json(value: &Json, text: &mut String) {
    match value {
        Json::Null | Json::Bool(_) | Json::String(_) => text.push_str(&value.to_string()),
        Json::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => text.push_str(&json_float(float)),
            None => text.push_str(&number.to_string()),
        },
        Json::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                write_json(item, text);
            }
            text.push(']');
        }
        Json::Object(_) => {
            text.push('{');
            for (at, (key, item)) in sorted(value).into_iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                text.push_str(&Json::from(key).to_string());
                text.push(':');
                write_json(item, text);
            }
            text.push('}');
        }
    }
}

/// Go's `%v`.
pub fn print(value: &Json) -> String {
    let mut text = String::new();
    write_print(value, &mut text);
    text
}

fn write_print(value: &Json, text: &mut String) {
    match value {
        Json::Null => text.push_str("<nil>"),
        Json::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Json::String(string) => text.push_str(string),
        Json::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => text.push_str(&print_float(float)),
            None => text.push_str(&number.to_string()),
        },
        Json::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at > 0 { " " } else { "" });
                write_print(item, text);
            }
            text.push(']');
        }
        Json::Object(_) => {
            text.push_str("map[");
            for (at, (key, item)) in sorted(value).into_iter().enumerate() {
                text.push_str(if at > 0 { " " } else { "" });
                text.push_str(key);
                text.push(':');
                write_print(item, text);
            }
            text.push(']');
        }
    }
}

fn sorted(value: &Json) -> Vec<(&str, &Json)> {
    let mut entries: Vec<(&str, &Json)> = value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, item)| (key.as_str(), item))
        .collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

/// Go's JSON: plain digits between 1e-6 and 1e21.
fn json_float(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        exponent(float, false)
    } else {
        float.to_string()
    }
}

/// Go's `%v`: shortest digits, with an exponent below 1e-4 and from 1e6 on.
pub fn print_float(float: f64) -> String {
    let size = float.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        exponent(float, true)
    } else {
        float.to_string()
    }
}

/// `1e+21`, `1e-07`; JSON has no leading zero in a negative exponent.
fn exponent(float: f64, two_digits: bool) -> String {
    let text = format!("{float:e}");
    let Some((digits, power)) = text.split_once('e') else {
        return text;
    };
    let (sign, power) = power
        .strip_prefix('-')
        .map_or(('+', power), |power| ('-', power));
    let mut text = format!("{digits}e{sign}");
    let width = if two_digits { 2 } else { 1 };
    let _ = write!(text, "{power:0>width$}");
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_as_go_writes_it() {
        let check = |value: Json, expected: &str| assert_eq!(json(&value), expected);
        check(
            json!({"b": 3.0, "a": [1, 2.5, null, true, "<\"é"]}),
            r#"{"a":[1,2.5,null,true,"<\"é"],"b":3}"#,
        );
        check(json!(1e21), "1e+21");
        check(json!(1e-7), "1e-7");
        check(json!(-0.5), "-0.5");
    }

    #[test]
    fn text_is_as_go_prints_it() {
        let check = |value: Json, expected: &str| assert_eq!(print(&value), expected);
        check(json!([20, 30]), "[20 30]");
        check(json!({"b": "x", "a": 20}), "map[a:20 b:x]");
        check(json!(null), "<nil>");
        check(json!(12.5), "12.5");
        check(json!(1e21), "1e+21");
        check(json!(1e6), "1e+06");
        check(json!(1234567.5), "1.2345675e+06");
        check(json!(100000.0), "100000");
        check(json!(0.00001), "1e-05");
    }
}
