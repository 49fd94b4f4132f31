//! Answers that are sent item by item: how they begin, and how an item looks.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::render::{content_type, plain};
use crate::frame::Rendering;
use crate::inspection::{Route, RouteKind};
use crate::request::AppResponse;
use crate::star::code::Code;
use crate::star::text;
use crate::template::{self, from_json};

/// The head of the answer and what becomes of its items.
pub fn begin(route: &Route) -> (AppResponse, Rendering) {
    let name = Some(&route.partial).filter(|partial| !partial.is_empty());
    let name = name.unwrap_or(&route.full);
    let (kind, render) = match (route.kind, route.api_type.as_str()) {
        (RouteKind::Html, _) if name.is_empty() || name == "-" => ("HTML", Rendering::Text),
        (RouteKind::Html, _) => {
            let name = name.clone();
            ("HTML", Rendering::Template { name })
        }
        (RouteKind::Api | RouteKind::Proxy, "TEXT") => ("TEXT", Rendering::Text),
        (RouteKind::Api | RouteKind::Proxy, _) => ("JSON", Rendering::Json),
    };
    (plain(200, content_type(kind), "").varying(), render)
}

impl Code {
    /// One item of a stream as the client gets it, at a time.
    pub fn item(&self, render: &Rendering, item: &Json, now: Timestamp) -> Result<Vec<u8>, String> {
        let mut text = match render {
            Rendering::Json => text::json(item).into_bytes(),
            Rendering::Text => match item {
                Json::String(text) => text.clone().into_bytes(),
                other => text::print(other).trim_matches('"').to_owned().into_bytes(),
            },
            Rendering::Template { name } => {
                let pages = self.templates.as_ref().map_err(Clone::clone)?;
                let run = template::run(&self.common.limits, now);
                pages.render("", name, from_json(item), &run)?
            }
        };
        text.push(b'\n');
        Ok(text)
    }
}
