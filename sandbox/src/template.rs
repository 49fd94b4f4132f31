//! Go templates behind a trait of our own, so that the engine can change.
//!
//! The engine is `gotmpl`. Where it is laxer than Go, [`check`] refuses at load, and [`mend`]
//! rewrites the parsed trees: a template called without an argument gets nothing instead of the
//! caller's dot, and a misspelt field of the request is an error instead of an empty text.

mod check;
mod functions;
mod glob;
mod mend;
mod page;
mod set;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::frame::StaticFile;
use page::Pages;

pub use value::MARK;

/// What templates of one app are made from.
pub struct Material<'a> {
    /// Text files by path.
    pub files: &'a BTreeMap<String, String>,
    /// Static files by path.
    pub statics: &'a BTreeMap<String, StaticFile>,
    /// Mount path of the app, empty for a root app.
    pub app_path: &'a str,
    /// Which files are templates.
    pub locations: &'a [String],
    /// Folder of the templates all pages share.
    pub base: &'a str,
}

/// Renders the templates of one app.
pub trait Engine: Send + Sync {
    /// Renders the page `file`, or only its `block` unless that is empty, into at most `cap` bytes.
    fn render(&self, file: &str, block: &str, dot: &Json, cap: usize) -> Result<String, String>;
}

/// Parses all templates; the error names file and line.
pub fn load(material: &Material<'_>) -> Result<Arc<dyn Engine>, String> {
    Ok(Arc::new(Pages::load(material)?))
}

#[cfg(test)]
mod tests;
