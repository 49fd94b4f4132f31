//! What a handler returned, taken out of the interpreter as plain data.

use serde_json::{Map, Value as Json};
use starlark::values::Value;
use value::Message;

use crate::star::attrs::Attrs;
use crate::star::convert::{Budget, to_json};

/// A handler's return value.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Plain data for the route's template or encoding.
    Data(Json),
    /// `ace.redirect`.
    Redirect {
        url: String,
        code: i64,
        refresh: bool,
    },
    /// `ace.response`.
    Response(Box<Response>),
}

/// The fields of `ace.response`.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Data or download content.
    pub data: Json,
    /// Template or block.
    pub block: String,
    /// `HTML`, `JSON`, `TEXT` or empty for the route's.
    pub kind: String,
    /// Status.
    pub code: i64,
    /// `HX-Retarget`, `HX-Reswap` and `HX-Redirect`.
    pub hx: [String; 3],
    /// File name of a download.
    pub download: String,
    /// Its type.
    pub content_type: String,
}

impl Reply {
    /// Of a route without a handler.
    pub fn nothing() -> Self {
        Self::Data(Json::Object(Map::new()))
    }

    /// Reads a return value; structs are told apart by their attributes.
    pub fn read(value: Value<'_>, cap: usize) -> Result<Self, String> {
        let Some(attrs) = Attrs::of(value) else {
            return Ok(Self::Data(data(value, cap)?));
        };
        if attrs.value("url").is_some() {
            return Ok(Self::Redirect {
                url: attrs.text("url").to_owned(),
                code: attrs.int("code").filter(|code| *code != 0).unwrap_or(303),
                refresh: attrs.flag("refresh"),
            });
        }
        if attrs.value("block").is_none() {
            return Err(
                "Error handling response: error getting block: struct has no .block attribute"
                    .to_owned(),
            );
        }
        let text = |name| attrs.text(name).to_owned();
        Ok(Self::Response(Box::new(Response {
            data: attrs
                .value("data")
                .map_or(Ok(Json::Null), |value| data(value, cap))?,
            block: text("block"),
            kind: attrs.text("type").to_uppercase(),
            code: attrs.int("code").unwrap_or(200),
            hx: [text("retarget"), text("reswap"), text("redirect")],
            download: text("download"),
            content_type: text("content_type"),
        })))
    }
}

fn data(value: Value<'_>, cap: usize) -> Result<Json, String> {
    to_json(value, &mut Budget::template(cap)).map_err(|Message(text)| text)
}
