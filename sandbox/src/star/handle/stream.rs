//! Answers that are sent item by item: how they begin, and how an item looks.

use serde_json::Value as Json;

use super::render::{content_type, plain};
use crate::frame::Rendering;
use crate::inspection::{Route, RouteKind};
use crate::request::AppResponse;
use crate::star::code::Code;
use crate::star::text;

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
    /// One item of a stream as the client gets it.
    pub fn item(&self, render: &Rendering, item: &Json) -> Result<String, String> {
        let text = match render {
            Rendering::Json => text::json(item),
            Rendering::Text => match item {
                Json::String(text) => text.clone(),
                other => text::print(other).trim_matches('"').to_owned(),
            },
            Rendering::Template { name } => {
                let engine = self.templates.as_ref().map_err(Clone::clone)?;
                let cap = self.common.limits.response_body;
                engine.render("", name, item, cap)?
            }
        };
        Ok(text + "\n")
    }
}
