//! Which files make which sets: one set for all, or one per page on top of shared base templates.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::functions::Functions;
use super::set::Set;
use super::{Engine, Material, glob};

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
    /// Parses all templates of an app.
    pub fn load(material: &Material<'_>) -> Result<Self, String> {
        let functions = Arc::new(Functions::new(material.statics, material.app_path));
        let in_base = format!("{}/*.go.html", material.base.trim_end_matches('/'));
        let shared: Vec<_> = material
            .files
            .iter()
            .filter(|(path, _)| glob::fits(&in_base, path))
            .collect();
        let own: Vec<_> = material
            .files
            .iter()
            .filter(|(path, _)| is_template(material, path))
            .collect();
        if shared.iter().all(|(path, _)| base_name(path) == GENERATED) {
            return Self::unstructured(own, functions);
        }
        let mut base = Set::new(functions);
        for (path, text) in shared {
            base.add(base_name(path), text)?;
        }
        let mut pages = BTreeMap::new();
        for (path, text) in own {
            let mut page = base.copy();
            page.add(base_name(path), text)?;
            pages.insert(path.clone(), page);
        }
        Ok(Self::Structured { base, pages })
    }

    fn unstructured(
        files: Vec<(&String, &String)>,
        functions: Arc<Functions>,
    ) -> Result<Self, String> {
        if files.is_empty() {
            return Ok(Self::Unstructured(None));
        }
        let mut set = Set::new(functions);
        for (path, text) in files {
            set.add(base_name(path), text)?;
        }
        Ok(Self::Unstructured(Some(set)))
    }
}

impl Engine for Pages {
    fn render(&self, file: &str, block: &str, dot: &Json, cap: usize) -> Result<String, String> {
        let name = if block.is_empty() { file } else { block };
        match self {
            Self::Unstructured(None) => {
                Err("html/template: pattern matches no files: `*.go.html`".to_owned())
            }
            Self::Unstructured(Some(set)) => set.execute(name, dot, cap),
            Self::Structured { base, pages } => structured(base, pages, (file, block), dot, cap),
        }
    }
}

fn structured(
    base: &Set,
    pages: &BTreeMap<String, Set>,
    (file, block): (&str, &str),
    dot: &Json,
    cap: usize,
) -> Result<String, String> {
    let name = if block.is_empty() { file } else { block };
    let file = match file {
        "" if pages.contains_key(block) => block,
        "" if base.has(block) => return base.execute(block, dot, cap),
        "" => "index.go.html",
        file => file,
    };
    match pages.get(file) {
        Some(page) => page.execute(if name.is_empty() { file } else { name }, dot, cap),
        None if base.has(file) => base.execute(name, dot, cap),
        None => Err(format!("template {file} not found")),
    }
}

fn is_template(material: &Material<'_>, path: &str) -> bool {
    material
        .locations
        .iter()
        .any(|location| glob::fits(location, path))
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
