//! Functions between values and JSON text, written as Go writes it: keys sorted, `<`, `>` and `&` escaped.

use super::Call;
use super::family::{Entry, MAX_TEXT, printed};
use crate::value::{Kind, Value};

pub(super) const FAMILY: &[Entry] = &[
    ("toJson", "a", |c| {
        Ok(written(c, Style::Plain).unwrap_or_default().into())
    }),
    ("mustToJson", "a", |c| Ok(written(c, Style::Plain)?.into())),
    ("toPrettyJson", "a", |c| {
        Ok(written(c, Style::Pretty).unwrap_or_default().into())
    }),
    ("mustToPrettyJson", "a", |c| {
        Ok(written(c, Style::Pretty)?.into())
    }),
    ("toRawJson", "a", |c| Ok(written(c, Style::Raw)?.into())),
    ("mustToRawJson", "a", |c| Ok(written(c, Style::Raw)?.into())),
    ("fromJson", "s", |c| Ok(read(c).unwrap_or(Value::Nil))),
    ("mustFromJson", "s", read),
];

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Plain,
    Pretty,
    Raw,
}

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

fn written(c: &Call<'_>, style: Style) -> Result<String, String> {
    let mut out = Writer {
        text: String::new(),
        style,
    };
    out.value(c.argument(0), 0)?;
    Ok(out.text)
}

struct Writer {
    text: String,
    style: Style,
}

/// Deepest nesting that is written.
const DEEPEST: usize = 100;

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > DEEPEST || self.text.len() > MAX_TEXT {
            return Err("json: the value is too large".to_owned());
        }
        match value {
            Value::Map(map) => self.all(('{', '}'), &map.entries(), depth, |out, (key, value)| {
                out.string(&printed(key));
                out.text.push_str(if out.style == Style::Pretty {
                    ": "
                } else {
                    ":"
                });
                out.value(value, depth + 1)
            }),
            Value::List(list) => self.all(('[', ']'), list, depth, |out, item| {
                out.value(item, depth + 1)
            }),
            Value::Record(record) => {
                let fields: Vec<_> = record.fields().collect();
                self.all(('{', '}'), &fields, depth, |out, (name, value)| {
                    out.string(name);
                    out.text.push_str(if out.style == Style::Pretty {
                        ": "
                    } else {
                        ":"
                    });
                    out.value(value, depth + 1)
                })
            }
            Value::Time(time) => {
                self.string(&time.timestamp().to_string());
                Ok(())
            }
            Value::Bytes(bytes) => {
                use base64::Engine as _;
                self.string(&base64::engine::general_purpose::STANDARD.encode(bytes));
                Ok(())
            }
            other => self.scalar(other),
        }
    }

    fn scalar(&mut self, value: &Value) -> Result<(), String> {
        match (value.kind(), value) {
            (Kind::Invalid | Kind::Pointer, _) => self.text.push_str("null"),
            (_, Value::Object(object)) => return self.scalar(&object.underlying()),
            (Kind::Bool | Kind::Int | Kind::Uint, value) => self.text.push_str(&printed(value)),
            (_, Value::Float(number, _)) => self.float(*number)?,
            (Kind::Text, value) => self.string(&String::from_utf8_lossy(
                value.as_bytes().unwrap_or_default(),
            )),
            (_, value) => return Err(format!("json: unsupported type: {}", value.type_name())),
        }
        Ok(())
    }

    fn float(&mut self, number: f64) -> Result<(), String> {
        if !number.is_finite() {
            return Err(format!("json: unsupported value: {number}"));
        }
        let size = number.abs();
        if size != 0.0 && !(1e-6..1e21).contains(&size) {
            let text = format!("{number:e}");
            let sign = if text.contains("e-") { "" } else { "+" };
            self.text.push_str(&text.replace('e', &format!("e{sign}")));
        } else {
            self.text.push_str(&number.to_string());
        }
        Ok(())
    }

    fn all<T>(
        &mut self,
        (open, close): (char, char),
        items: &[T],
        depth: usize,
        each: impl Fn(&mut Self, &T) -> Result<(), String>,
    ) -> Result<(), String> {
        self.text.push(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.text.push(',');
            }
            self.line(depth + 1);
            each(self, item)?;
        }
        if !items.is_empty() {
            self.line(depth);
        }
        self.text.push(close);
        Ok(())
    }

    fn line(&mut self, depth: usize) {
        if self.style == Style::Pretty {
            self.text.push('\n');
            self.text.push_str(&"  ".repeat(depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for letter in text.chars() {
            match letter {
                '"' | '\\' => self.text.extend(['\\', letter]),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                '<' | '>' | '&' if self.style == Style::Raw => self.text.push(letter),
                '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    self.text.push_str(&format!("\\u{:04x}", u32::from(letter)));
                }
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }
}
