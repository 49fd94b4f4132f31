//! Request bodies in the forms `http.in` knows, encoded when the values of secrets are there.

use secrets::Tokens;
use serde_json::Value;

use crate::plugin::carried::Revealed;

/// A body, still with tokens.
#[derive(Debug)]
pub enum Body {
    /// Text as it is.
    Text(String),
    /// Fields, URL-encoded.
    Form(Vec<(String, String)>),
    /// Fields, each a part; the text between parts.
    Multipart(String, Vec<(String, String)>),
    /// A value as JSON.
    Json(Value),
}

impl Body {
    /// The content type that goes with it, if it has one of its own.
    pub fn content_type(&self) -> Option<String> {
        match self {
            Body::Text(_) => None,
            Body::Form(_) => Some("application/x-www-form-urlencoded".to_owned()),
            Body::Multipart(boundary, _) => {
                Some(format!("multipart/form-data; boundary={boundary}"))
            }
            Body::Json(_) => Some("application/json".to_owned()),
        }
    }

    /// The strings in which a token is exchanged: the text, fields, and JSON down to one level.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Body::Text(text) => vec![text],
            Body::Form(fields) | Body::Multipart(_, fields) => {
                fields.iter().map(|(_, value)| value.as_str()).collect()
            }
            Body::Json(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Body::Json(Value::Object(fields)) => {
                fields.values().filter_map(Value::as_str).collect()
            }
            Body::Json(value) => value.as_str().into_iter().collect(),
        }
    }

    /// The bytes to send.
    pub fn encode(&self, revealed: &Revealed, tokens: &Tokens) -> Vec<u8> {
        let fill = |text: &str| revealed.fill(tokens, text);
        match self {
            Body::Text(text) => fill(text).into_bytes(),
            Body::Form(fields) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in fields {
                    form.append_pair(&tokens.show(name), &fill(value));
                }
                form.finish().into_bytes()
            }
            Body::Multipart(boundary, fields) => {
                let part = |(name, value): &(String, String)| {
                    let name = quoted(&tokens.show(name));
                    format!(
                        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{}\r\n",
                        fill(value)
                    )
                };
                let parts: String = fields.iter().map(part).collect();
                format!("{parts}--{boundary}--\r\n").into_bytes()
            }
            Body::Json(value) => json(value, 1, &fill, tokens).to_string().into_bytes(),
        }
    }
}

fn json(value: &Value, levels: u8, fill: &dyn Fn(&str) -> String, tokens: &Tokens) -> Value {
    // Below the first level a reference is text, as in OpenRun.
    let deeper = |value: &Value| match levels {
        0 => json(value, 0, &|text| tokens.show(text), tokens),
        _ if value.is_string() => json(value, 0, fill, tokens),
        _ => json(value, 0, &|text| tokens.show(text), tokens),
    };
    match value {
        Value::String(text) => Value::String(fill(text)),
        Value::Array(items) => items.iter().map(deeper).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (tokens.show(key), deeper(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// A field name inside quotes, as browsers write it.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
