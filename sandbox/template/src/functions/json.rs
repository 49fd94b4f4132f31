//! Functions between values and JSON text.

use super::Call;
use super::family::Entry;
use crate::json::{Style, append};
use crate::value::Value;

pub(super) const FAMILY: &[Entry] = &[
    ("toJson", "a", |c| tried(c, Style::Plain)),
    ("mustToJson", "a", |c| written(c, Style::Plain)),
    ("toPrettyJson", "a", |c| tried(c, Style::Pretty)),
    ("mustToPrettyJson", "a", |c| written(c, Style::Pretty)),
    ("toRawJson", "a", |c| written(c, Style::Raw)),
    ("mustToRawJson", "a", |c| written(c, Style::Raw)),
    ("fromJson", "s", |c| Ok(read(c).unwrap_or(Value::Nil))),
    ("mustFromJson", "s", read),
];

fn read(c: &Call<'_>) -> Result<Value, String> {
    let data: serde_json::Value =
        serde_json::from_str(&c.text(0)).map_err(|error| error.to_string())?;
    Ok(floats(&data))
}

/// JSON data as Go decodes it: every number a float.
fn floats(data: &serde_json::Value) -> Value {
    match data {
        serde_json::Value::Number(number) => Value::float(number.as_f64().unwrap_or_default()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(floats).collect()),
        serde_json::Value::Object(fields) => Value::map(
            fields
                .iter()
                .map(|(name, value)| (name.as_str(), floats(value))),
        ),
        other => Value::from(other),
    }
}

fn written(c: &Call<'_>, style: Style) -> Result<Value, String> {
    let mut out = Vec::new();
    append(c.argument(0), style, &mut out)?;
    Ok(Value::string_of_bytes(&out))
}

/// Nothing instead of what cannot be written.
fn tried(c: &Call<'_>, style: Style) -> Result<Value, String> {
    Ok(written(c, style).unwrap_or_else(|_| "".into()))
}
