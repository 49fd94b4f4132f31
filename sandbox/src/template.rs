//! Go templates of an app: which files make which sets, what pages see, and the functions that know
//! the app's own files. The language itself is the crate `gotemplate`.

mod functions;
mod glob;
mod page;
mod value;

use std::collections::BTreeMap;

use gotemplate::Run;
use jiff::Timestamp;

use crate::frame::StaticFile;
use crate::limits::Limits;

pub use page::Pages;
pub use value::from_json;

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

/// The bounds of one rendering at a time.
pub fn run(limits: &Limits, now: Timestamp) -> Run {
    Run {
        output: limits.response_body,
        steps: limits.ticks,
        depth: limits.call_depth,
        now,
    }
}

#[cfg(test)]
mod tests;
