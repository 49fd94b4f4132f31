//! Which files are written and removed for which app.

use sandbox::{Route, RouteKind, Style};

use super::*;

fn app() -> Inspection {
    Inspection {
        routes: vec![Route {
            kind: RouteKind::Html,
            method: "GET".into(),
            pattern: "/".into(),
            full: generated::INDEX.into(),
            partial: String::new(),
            api_type: String::new(),
            handler: 0,
            proxy: None,
        }],
        ..Inspection::default()
    }
}

fn source(files: &[(&str, &str)]) -> Source {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Bytes::from((*text).to_owned())));
    Source {
        files: files.collect(),
    }
}

#[track_caller]
fn check(inspection: &Inspection, files: &[(&str, &str)], expected: &[&str]) {
    let changes = changes(inspection, &source(files));
    let names: Vec<String> = changes
        .iter()
        .map(|made| match &made.content {
            Some(_) => made.path.clone(),
            None => format!("-{}", made.path),
        })
        .collect();
    assert_eq!(names, expected);
}

#[test]
fn pages_need_templates_scripts_and_a_lock() {
    let all = [
        STYLE,
        assets::HTMX,
        assets::SSE,
        generated::INDEX,
        generated::IMPORT,
        LOCK,
    ];
    check(&app(), &[], &all);
    check(&Inspection::default(), &[], &[STYLE]);
    let mut source = source(&[]);
    for made in changes(&app(), &source) {
        source.files.insert(made.path, made.content.unwrap());
    }
    assert_eq!(changes(&app(), &source), [], "a second look finds nothing");
}

#[test]
fn a_layout_of_ones_own_and_base_templates() {
    let app = Inspection {
        custom_layout: true,
        ..app()
    };
    let files = [
        (STYLE, ""),
        (LOCK, "{}"),
        (generated::INDEX, "x"),
        (generated::IMPORT, "x"),
        ("base_templates/a.go.html", ""),
    ];
    check(
        &app,
        &files,
        &[
            assets::HTMX,
            assets::SSE,
            "-index_gen.go.html",
            "base_templates/openrun_gen.go.html",
            "-openrun_gen.go.html",
        ],
    );
}

#[test]
fn an_authors_style_stays_and_a_compiled_one_goes() {
    check(&Inspection::default(), &[(STYLE, "b{}")], &[]);
    check(
        &Inspection::default(),
        &[(STYLE, "/*! tailwindcss v4 */b{}")],
        &[STYLE],
    );
    let style = Style {
        library: "tailwindcss".into(),
        themes: vec![],
        light: String::new(),
        dark: String::new(),
        disable_watcher: false,
        custom_themes: vec![],
    };
    let styled = Inspection {
        style: Some(style),
        ..Inspection::default()
    };
    check(&styled, &[], &[]);
}

#[test]
fn apps_that_bring_htmx_get_none() {
    let mut app = app();
    app.libraries = vec![Library::Url(
        "https://unpkg.com/htmx.org@2.0.4/dist/htmx.min.js".into(),
    )];
    let complete = complete(&app, Arc::new(source(&[])));
    assert!(!complete.files.contains_key(assets::HTMX));
    assert!(complete.files.contains_key(assets::SSE));
}

#[test]
fn completing_changes_nothing_that_is_there() {
    let files = [
        (assets::HTMX, "mine"),
        (assets::SSE, "mine"),
        (generated::INDEX, "mine"),
        (generated::IMPORT, "mine"),
    ];
    let source = Arc::new(source(&files));
    assert_eq!(complete(&app(), Arc::clone(&source)), source);
    let api = Arc::new(Source::default());
    assert_eq!(complete(&Inspection::default(), Arc::clone(&api)), api);
}
