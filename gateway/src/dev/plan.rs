//! What an app needs beside its author's files: worked out from its files and what it declares, without
//! touching anything.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use sandbox::{Inspection, Library, Source, generated};
use serde_json::json;

use super::{assets, needs_scripts};

/// The style sheet that is made for an app.
pub(super) const STYLE: &str = "static/gen/css/style.css";
const LOCK: &str = "config_gen.lock";
/// How a style sheet made by Tailwind CSS begins.
const COMPILED: &[u8] = b"/*! tailwindcss";

/// A file of the app's folder as it has to be; without content it has to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub path: String,
    pub content: Option<Bytes>,
}

/// What has to change in the folder of an app in development.
pub(super) fn changes(inspection: &Inspection, source: &Source) -> Vec<Made> {
    let mut plan = Plan {
        files: &source.files,
        made: Vec::new(),
    };
    plan.style(inspection);
    if needs_scripts(inspection) {
        plan.scripts(inspection);
    }
    if generated::has_pages(inspection) {
        plan.templates(inspection);
    }
    plan.made
}

/// The same files with what an app needs and lacks; nothing that is there is changed.
pub(crate) fn complete(inspection: &Inspection, source: Arc<Source>) -> Arc<Source> {
    let templates = generated::missing(inspection, &source.files);
    let templates = templates
        .into_iter()
        .map(|(path, text)| (path, Bytes::from_static(text.as_bytes())));
    let mut missing: Vec<(String, Bytes)> = templates.collect();
    if generated::has_pages(inspection) {
        let scripts = scripts(inspection).into_iter();
        missing.extend(scripts.filter(|(path, _)| !source.files.contains_key(path)));
    }
    if missing.is_empty() {
        return source;
    }
    let mut whole = Source::clone(&source);
    whole.files.extend(missing);
    Arc::new(whole)
}

/// The scripts that are inside the program and that the app does not bring itself.
fn scripts(inspection: &Inspection) -> Vec<(String, Bytes)> {
    let version = &inspection.settings.htmx_version;
    let htmx = assets::htmx(version).filter(|_| !brings_htmx(inspection));
    let sse = Some(assets::sse()).filter(|_| !brings_sse(inspection));
    let named = |path: &str, content: Option<Bytes>| content.map(|bytes| (path.to_owned(), bytes));
    [named(assets::HTMX, htmx), named(assets::SSE, sse)]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether the app names an address of HTMX.
pub(super) fn brings_htmx(inspection: &Inspection) -> bool {
    urls(inspection).any(|url| url.contains("htmx.org") && !url.contains("ext"))
}

fn brings_sse(inspection: &Inspection) -> bool {
    urls(inspection).any(|url| url.contains("htmx.org") && url.contains("ext/sse.js"))
}

fn urls(inspection: &Inspection) -> impl Iterator<Item = &str> {
    let libraries = inspection.libraries.iter();
    libraries.filter_map(|library| match library {
        Library::Url(url) => Some(url.as_str()),
        Library::Package { .. } => None,
    })
}

struct Plan<'s> {
    files: &'s BTreeMap<String, Bytes>,
    made: Vec<Made>,
}

impl Plan<'_> {
    fn write(&mut self, path: &str, content: Bytes) {
        if self.files.get(path) != Some(&content) {
            self.made.push(Made {
                path: path.to_owned(),
                content: Some(content),
            });
        }
    }

    fn remove(&mut self, path: &str) {
        if self.files.contains_key(path) {
            self.made.push(Made {
                path: path.to_owned(),
                content: None,
            });
        }
    }

    /// An app without a style has an empty sheet; what its author put there by hand stays.
    fn style(&mut self, inspection: &Inspection) {
        let styled = inspection.style.as_ref();
        if styled.is_some_and(|style| !style.library.is_empty()) {
            return;
        }
        let ours = |content: &Bytes| content.starts_with(COMPILED);
        if self.files.get(STYLE).is_none_or(ours) {
            self.write(STYLE, Bytes::new());
        }
    }

    fn scripts(&mut self, inspection: &Inspection) {
        for (path, content) in scripts(inspection) {
            self.write(&path, content);
        }
    }

    fn templates(&mut self, inspection: &Inspection) {
        if inspection.custom_layout {
            self.remove(generated::INDEX);
        } else {
            let text = Bytes::from_static(generated::INDEX_TEXT.as_bytes());
            self.write(generated::INDEX, text);
        }
        let (place, stale) = generated::import_places(inspection, self.files);
        let text = Bytes::from_static(generated::IMPORT_TEXT.as_bytes());
        self.write(&place, text);
        self.remove(&stale);
        if !self.files.contains_key(LOCK) {
            self.write(LOCK, lock());
        }
    }
}

/// The defaults an app was made with, so that later ones do not change it.
fn lock() -> Bytes {
    let defaults = sandbox::Settings::default();
    let lock = json!({
        "routing": {
            "template_locations": defaults.template_locations,
            "base_templates": defaults.base_templates,
            "push_events": defaults.push_events,
            "early_hints": defaults.early_hints,
            "container_exclude": defaults.container_exclude,
        },
        "htmx": { "version": defaults.htmx_version },
        "container": { "separate_stage_prod_images": defaults.separate_stage_prod_images },
    });
    Bytes::from(format!("{lock:#}\n"))
}

#[cfg(test)]
mod tests;
