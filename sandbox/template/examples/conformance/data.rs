//! The data of a case: JSON, with `{"$go": TYPE, "v": ...}` for what JSON has no type for.

use std::sync::Arc;

use gotemplate::value::{List, Map, Record, Shape};
use gotemplate::{Safe, Type, Value, Width};

use crate::json::Json;

/// The value of untyped data.
pub fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Int(value) => Value::int(*value),
        Json::Uint(value) => Value::Uint(*value, Width::Plain),
        Json::Float(value) => Value::float(*value),
        Json::Text(text) => Value::text(text.as_str()),
        Json::List(items) => Value::list(items.iter().map(value).collect()),
        Json::Object(fields) => match fields.first() {
            Some((name, kind)) if name == "$go" => typed(kind.text(), json.field("v")),
            _ => Value::map(
                fields
                    .iter()
                    .map(|(name, field)| (name.as_str(), value(field))),
            ),
        },
    }
}

fn typed(kind: &str, json: &Json) -> Value {
    match kind {
        "struct" => record(kind, json, false),
        "*struct" => record(kind, json, true),
        "bytes" => Value::Bytes(json.text().as_bytes().into()),
        "time" => time(json.text()).map_or(Value::Missing, |time| Value::Time(Arc::new(time))),
        _ => of_type(&type_named(kind), json),
    }
}

fn time(text: &str) -> Option<jiff::Zoned> {
    let stamp: jiff::Timestamp = text.parse().ok()?;
    let offset = jiff::fmt::temporal::Pieces::parse(text)
        .ok()?
        .to_numeric_offset()?;
    Some(stamp.to_zoned(jiff::tz::TimeZone::fixed(offset)))
}

fn record(kind: &str, json: &Json, pointer: bool) -> Value {
    let Json::Object(fields) = json else {
        return Value::NullPointer(Arc::new(Type::Named(kind.into())));
    };
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<Value> = fields.iter().map(|(_, field)| value(field)).collect();
    let types = values
        .iter()
        .map(|value| value.type_of().unwrap_or(Type::Any));
    let declared: Vec<String> = names
        .iter()
        .zip(types)
        .map(|(name, kind)| format!("{name} {kind}"))
        .collect();
    let record = Record::new(
        Shape::new(&format!("struct {{ {} }}", declared.join("; ")), &names),
        values,
    );
    Value::Record(Arc::new(if pointer {
        record.behind_pointer()
    } else {
        record
    }))
}

fn type_named(name: &str) -> Type {
    if let Some(element) = name.strip_prefix("[]") {
        return Type::list(type_named(element));
    }
    if let Some(target) = name.strip_prefix('*') {
        return Type::Pointer(Arc::new(type_named(target)));
    }
    if let Some((key, value)) = name
        .strip_prefix("map[")
        .and_then(|rest| rest.split_once(']'))
    {
        return Type::map(type_named(key), type_named(value));
    }
    let width = match name.trim_start_matches(|letter: char| letter.is_alphabetic()) {
        "8" => Width::W8,
        "16" => Width::W16,
        "32" => Width::W32,
        "64" if !name.starts_with('f') => Width::W64,
        _ => Width::Plain,
    };
    match name.trim_end_matches(|letter: char| letter.is_ascii_digit()) {
        "bool" => Type::Bool,
        "string" => Type::Text,
        "int" => Type::Int(width),
        "uint" => Type::Uint(width),
        "float" => Type::Float(width),
        "html.HTML" => Type::Safe(Safe::Html),
        "html.CSS" => Type::Safe(Safe::Css),
        "html.JS" => Type::Safe(Safe::Js),
        "html.JSStr" => Type::Safe(Safe::JsStr),
        "html.URL" => Type::Safe(Safe::Url),
        "html.HTMLAttr" => Type::Safe(Safe::HtmlAttr),
        "html.Srcset" => Type::Safe(Safe::Srcset),
        _ => Type::Any,
    }
}

/// The value of data whose type is known.
fn of_type(kind: &Type, json: &Json) -> Value {
    match (kind, json) {
        (Type::List(_) | Type::Map(_), Json::Null) => kind.zero(),
        (Type::List(element), json) => {
            let items = json
                .items()
                .iter()
                .map(|item| of_type(element, item))
                .collect();
            Value::List(Arc::new(List::new((**element).clone(), items)))
        }
        (Type::Map(types), json) => {
            let entries = pairs(json).into_iter();
            let entries = entries
                .map(|(key, item)| (of_type(&types.0, &key), of_type(&types.1, &item)))
                .collect();
            Value::Map(Arc::new(Map::new(
                types.0.clone(),
                types.1.clone(),
                entries,
            )))
        }
        (Type::Safe(safe), json) => Value::Safe(*safe, json.text().into()),
        (Type::Pointer(target), _) => Value::NullPointer(target.clone()),
        (Type::Int(width), Json::Int(number)) => Value::Int(*number, *width),
        (Type::Int(width), Json::Text(text)) => {
            Value::Int(text.parse().unwrap_or_default(), *width)
        }
        (Type::Uint(width), Json::Int(number)) => Value::Uint(number.unsigned_abs(), *width),
        (Type::Uint(width), Json::Uint(number)) => Value::Uint(*number, *width),
        (Type::Uint(width), Json::Text(text)) => {
            Value::Uint(text.parse().unwrap_or_default(), *width)
        }
        (Type::Float(width), Json::Text(text)) => Value::Float(
            text.trim_start_matches('+').parse().unwrap_or_default(),
            *width,
        ),
        (Type::Float(width), Json::Float(number)) => Value::Float(narrow(*number, *width), *width),
        (Type::Float(width), Json::Int(number)) => {
            Value::Float(narrow(*number as f64, *width), *width)
        }
        (_, json) => value(json),
    }
}

fn narrow(number: f64, width: Width) -> f64 {
    if width == Width::W32 {
        f64::from(number as f32)
    } else {
        number
    }
}

fn pairs(json: &Json) -> Vec<(Json, Json)> {
    match json {
        Json::Object(fields) => fields
            .iter()
            .map(|(name, field)| (Json::Text(name.clone()), field.clone()))
            .collect(),
        json => json
            .items()
            .iter()
            .filter_map(|pair| match pair.items() {
                [key, item] => Some((key.clone(), item.clone())),
                _ => None,
            })
            .collect(),
    }
}
