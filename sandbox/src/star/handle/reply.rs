//! What a handler returned, taken out of the interpreter as plain data.

use gotemplate::Value as Page;
use serde_json::{Value as Json, json};
use starlark::values::bytes::StarlarkBytes;
use starlark::values::{Value, ValueLike};
use value::Message;

use crate::inspection::{Route, RouteKind};
use crate::star::attrs::Attrs;
use crate::star::convert::{Budget, Target, to_json, to_page};
use crate::template;

/// Data in the form that its encoding takes.
#[derive(Debug)]
pub enum Data {
    /// To be written as JSON.
    Json(Json),
    /// To be printed.
    Text(Json),
    /// For a template.
    Page(Page),
}

/// A handler's return value.
#[derive(Debug)]
pub enum Reply {
    /// Plain data for the route's template or encoding.
    Data(Data),
    /// `ace.redirect`.
    Redirect {
        url: String,
        code: i64,
        refresh: bool,
    },
    /// `ace.response`.
    Response(Box<Response>),
    /// The response of a plugin call whose items go to the client as they arrive.
    Stream(u64),
}

/// What a route makes of data.
pub struct Wanted<'a> {
    /// The route.
    pub route: &'a Route,
    /// Most data taken.
    pub cap: usize,
}

/// What `data` of a response is.
#[derive(Debug)]
pub enum Content {
    /// For a template or an encoding.
    Data(Data),
    /// For a download.
    File(Vec<u8>),
}

/// The fields of `ace.response`.
#[derive(Debug)]
pub struct Response {
    /// The data.
    pub content: Content,
    /// Template or block.
    pub block: String,
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
    pub fn nothing(route: &Route) -> Self {
        Self::Data(match (route.kind, encoding(route)) {
            (RouteKind::Html, _) => Data::Page(template::from_json(&json!({}))),
            (RouteKind::Api | RouteKind::Proxy, "TEXT") => Data::Text(json!({})),
            (RouteKind::Api | RouteKind::Proxy, _) => Data::Json(json!({})),
        })
    }

    /// Reads a return value; structs are told apart by their attributes.
    pub fn read(value: Value<'_>, wanted: &Wanted<'_>) -> Result<Self, String> {
        let response = value::Response::from_value(value);
        if let Some(stream) = response.and_then(value::Response::as_stream) {
            return Ok(Self::Stream(stream));
        }
        let Some(attrs) = Attrs::of(value) else {
            return Ok(Self::Data(wanted.data(value, "")?));
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
        let (kind, download) = (attrs.text("type").to_uppercase(), text("download"));
        let data = attrs.value("data").unwrap_or_else(Value::new_none);
        let content = if download.is_empty() {
            Content::Data(wanted.data(data, &kind)?)
        } else {
            Content::File(file(data, wanted.cap)?)
        };
        Ok(Self::Response(Box::new(Response {
            content,
            block: text("block"),
            code: attrs.int("code").unwrap_or(200),
            hx: [text("retarget"), text("reswap"), text("redirect")],
            download,
            content_type: text("content_type"),
        })))
    }
}

impl Wanted<'_> {
    fn data(&self, value: Value<'_>, kind: &str) -> Result<Data, String> {
        let kind = match (kind, self.route.kind) {
            ("", RouteKind::Html) => "HTML",
            ("", RouteKind::Api | RouteKind::Proxy) => encoding(self.route),
            (kind, _) => kind,
        };
        let json = |target| to_json(value, &mut Budget::new(target, self.cap));
        let data = match kind {
            "JSON" => json(Target::Json).map(Data::Json),
            "TEXT" => json(Target::Text).map(Data::Text),
            _ => to_page(value, self.cap).map(Data::Page),
        };
        data.map_err(|Message(text)| text)
    }
}

/// What an API route answers with: text where it says so, else JSON.
fn encoding(route: &Route) -> &'static str {
    match route.api_type.as_str() {
        "TEXT" => "TEXT",
        _ => "JSON",
    }
}

/// The content of a download.
fn file(value: Value<'_>, cap: usize) -> Result<Vec<u8>, String> {
    let bytes = match (value.unpack_str(), value.downcast_ref::<StarlarkBytes>()) {
        (Some(text), _) => text.as_bytes(),
        (None, Some(bytes)) => bytes.as_bytes(),
        (None, None) => {
            return Err(
                "download response data must be a string, bytes or a plugin download stream"
                    .to_owned(),
            );
        }
    };
    match bytes.len() > cap {
        true => Err("the data is too large".to_owned()),
        false => Ok(bytes.to_vec()),
    }
}
