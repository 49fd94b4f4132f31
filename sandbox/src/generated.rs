//! The two templates that apps written for OpenRun expect beside their own: the page around
//! `openrun_body`, and the block that brings styles and scripts into its head.
//!
//! Development mode writes them into an app's folder. An app that was never developed here lacks them
//! and is served with them all the same.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::inspection::{Inspection, RouteKind};

/// The page around `openrun_body`.
pub const INDEX: &str = "index_gen.go.html";
/// The block `openrun_gen_import`.
pub const IMPORT: &str = "openrun_gen.go.html";
/// The block under the name that older apps carry.
const OLD_IMPORT: &str = "clace_gen.go.html";

/// Text of [`INDEX`].
pub const INDEX_TEXT: &str = include_str!("generated/index.go.html");
/// Text of [`IMPORT`].
pub const IMPORT_TEXT: &str = include_str!("generated/import.go.html");

/// Whether the app has pages, and so needs templates.
pub fn has_pages(inspection: &Inspection) -> bool {
    let mut routes = inspection.routes.iter();
    routes.any(|route| route.kind == RouteKind::Html)
}

/// Where [`IMPORT`] belongs, and where a copy of it would be left over.
pub fn import_places(inspection: &Inspection, files: &BTreeMap<String, Bytes>) -> (String, String) {
    let base = format!(
        "{}/",
        inspection.settings.base_templates.trim_end_matches('/')
    );
    let in_base = format!("{base}{IMPORT}");
    let shared = |path: &&String| {
        let name = path.strip_prefix(&base).unwrap_or_default();
        name.ends_with(".go.html") && !name.contains('/') && name != IMPORT
    };
    if files.keys().any(|path| shared(&path)) {
        (in_base, IMPORT.to_owned())
    } else {
        (IMPORT.to_owned(), in_base)
    }
}

/// The templates that the app needs and lacks.
pub fn missing(
    inspection: &Inspection,
    files: &BTreeMap<String, Bytes>,
) -> Vec<(String, &'static str)> {
    let mut missing = Vec::new();
    if !has_pages(inspection) {
        return missing;
    }
    if !inspection.custom_layout && !files.contains_key(INDEX) {
        missing.push((INDEX.to_owned(), INDEX_TEXT));
    }
    let (place, _) = import_places(inspection, files);
    let old = place.replace(IMPORT, OLD_IMPORT);
    if !files.contains_key(&place) && !files.contains_key(&old) {
        missing.push((place, IMPORT_TEXT));
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspection::Route;

    fn check(custom_layout: bool, files: &[&str], expected: &[&str]) {
        let route = Route {
            kind: RouteKind::Html,
            method: "GET".into(),
            pattern: "/".into(),
            full: "index_gen.go.html".into(),
            partial: String::new(),
            api_type: String::new(),
            handler: 0,
            proxy: None,
        };
        let inspection = Inspection {
            routes: vec![route],
            custom_layout,
            ..Inspection::default()
        };
        let files = files
            .iter()
            .map(|name| ((*name).to_owned(), Bytes::new()))
            .collect();
        let missing = missing(&inspection, &files);
        let names: Vec<&str> = missing.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn what_is_there_is_not_missing() {
        check(false, &["app.star"], &[INDEX, IMPORT]);
        check(true, &["app.star"], &[IMPORT]);
        check(false, &[INDEX, OLD_IMPORT], &[]);
        check(
            true,
            &["base_templates/x.go.html", IMPORT],
            &["base_templates/openrun_gen.go.html"],
        );
        check(true, &["base_templates/openrun_gen.go.html"], &[IMPORT]);
        assert!(missing(&Inspection::default(), &BTreeMap::new()).is_empty());
    }
}
