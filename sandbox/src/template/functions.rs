//! The functions of pages: those of every app, and those that know the files of this one.

use std::collections::BTreeMap;
use std::sync::Arc;

use gotemplate::{Call, Function, Functions, Type, Value};

use crate::frame::StaticFile;

/// All functions of one app; `static` and `fileNonEmpty` know its files.
pub fn of_app(statics: &BTreeMap<String, StaticFile>, app_path: &str) -> Arc<Functions> {
    let mut functions = Functions::for_apps();
    let files = Arc::new(statics.clone());
    let (all, path) = (Arc::clone(&files), app_path.to_owned());
    functions.add(named("static", move |name| {
        hashed(&all, &path, name).into()
    }));
    functions.add(named("fileNonEmpty", move |name| {
        non_empty(&files, name).into()
    }));
    Arc::new(functions)
}

/// A function of one name.
fn named(function: &str, body: impl Fn(&str) -> Value + Send + Sync + 'static) -> Function {
    Function::new(function, [Type::Text], move |call: &Call<'_>| {
        Ok(body(&call.argument(0).as_text().unwrap_or_default()))
    })
}

/// `/app/static/css/a-<sha256>.css`, the hash before the first dot; the plain path when there is no such file.
fn hashed(files: &BTreeMap<String, StaticFile>, app_path: &str, name: &str) -> String {
    let name = name.trim_start_matches('/');
    let Some(file) = files.get(&format!("static/{name}")) else {
        return format!("{app_path}/static/{name}");
    };
    let (folder, base) = name.rsplit_once('/').map_or(("", name), |(_, base)| {
        (name.strip_suffix(base).unwrap_or(""), base)
    });
    let dot = base.find('.').unwrap_or(base.len());
    let (stem, extension) = base.split_at(dot);
    format!(
        "{app_path}/static/{folder}{stem}-{}{extension}",
        file.sha256
    )
}

/// Whether the file exists and is not empty.
fn non_empty(files: &BTreeMap<String, StaticFile>, name: &str) -> bool {
    files
        .get(&format!("static/{}", name.trim_start_matches('/')))
        .is_some_and(|file| file.size > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_files_are_named_by_content() {
        let file = StaticFile {
            sha256: "abc".into(),
            size: 1,
        };
        let files = BTreeMap::from([("static/css/a.min.css".to_owned(), file)]);
        let check = |name, expected: &str| assert_eq!(hashed(&files, "/app", name), expected);
        check("css/a.min.css", "/app/static/css/a-abc.min.css");
        check("/css/a.min.css", "/app/static/css/a-abc.min.css");
        check("css/b.css", "/app/static/css/b.css");
        assert!(non_empty(&files, "css/a.min.css") && !non_empty(&files, "b"));
    }
}
