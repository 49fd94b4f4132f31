//! Which files make which sets: one set for all, or one per page on top of shared base templates.

use std::collections::BTreeMap;
use std::sync::Arc;

use gotemplate::{Functions, Run, Set, Value};

use super::{Material, functions, glob};

/// Written by other OpenRun tools into either folder; says nothing about the mode.
const GENERATED: &str = "openrun_gen.go.html";

/// The sets of one app.
pub enum Pages {
    /// All files in one set; `None` when there are none.
    Unstructured(Option<Set>),
    /// Base templates, and a copy of them per page file.
    Structured {
        base: Set,
        pages: BTreeMap<String, Set>,
    },
}

impl Pages {
    /// Parses all templates of an app; the error names file and line.
    pub fn load(material: &Material<'_>) -> Result<Self, String> {
        let functions = functions::of_app(material.statics, material.app_path);
        let in_base = format!("{}/*.go.html", material.base.trim_end_matches('/'));
        let shared = fitting(material, &in_base);
        let own = material.locations.iter();
        let own: Vec<_> = own.flat_map(|each| fitting(material, each)).collect();
        if shared.iter().all(|(path, _)| base_name(path) == GENERATED) {
            return Self::unstructured(&own, functions);
        }
        let mut base = Set::html(functions);
        for (path, text) in shared {
            add(&mut base, path, text)?;
        }
        let mut pages = BTreeMap::new();
        for (path, text) in own {
            let mut page = base.copy();
            add(&mut page, path, text)?;
            pages.insert(path.clone(), page);
        }
        Ok(Self::Structured { base, pages })
    }

    fn unstructured(files: &[File<'_>], functions: Arc<Functions>) -> Result<Self, String> {
        if files.is_empty() {
            return Ok(Self::Unstructured(None));
        }
        let mut set = Set::html(functions);
        for (path, text) in files {
            add(&mut set, path, text)?;
        }
        Ok(Self::Unstructured(Some(set)))
    }

    /// Renders the page `file`, or only its `block` unless that is empty.
    pub fn render(
        &self,
        file: &str,
        block: &str,
        dot: Value,
        run: &Run,
    ) -> Result<Vec<u8>, String> {
        let name = if block.is_empty() { file } else { block };
        let (set, name) = match self {
            Self::Unstructured(None) => {
                return Err("html/template: pattern matches no files: `*.go.html`".to_owned());
            }
            Self::Unstructured(Some(set)) => (set, name),
            Self::Structured { base, pages } => chosen(base, pages, file, block)?,
        };
        let mut out = Vec::new();
        match set.execute(name, dot, &mut out, run) {
            Ok(()) => Ok(out),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// The set that has the page or block, and the name to execute in it.
fn chosen<'a>(
    base: &'a Set,
    pages: &'a BTreeMap<String, Set>,
    file: &'a str,
    block: &'a str,
) -> Result<(&'a Set, &'a str), String> {
    let file = match file {
        "" if pages.contains_key(block) => block,
        "" if base.has(block) => return Ok((base, block)),
        "" => "index.go.html",
        file => file,
    };
    let name = if block.is_empty() { file } else { block };
    match pages.get(file) {
        Some(page) => Ok((page, name)),
        None if base.has(file) => Ok((base, name)),
        None => Err(format!("template {file} not found")),
    }
}

/// Path and text.
type File<'a> = (&'a String, &'a String);

fn add(set: &mut Set, path: &str, text: &str) -> Result<(), String> {
    let added = set.add(base_name(path), text);
    added.map_err(|error| error.to_string())
}

fn fitting<'a>(material: &Material<'a>, pattern: &str) -> Vec<File<'a>> {
    let files = material.files.iter();
    files
        .filter(|(path, _)| glob::fits(pattern, path))
        .collect()
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
