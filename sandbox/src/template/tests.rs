//! Templates end to end: what Go does, and what the engine alone would let pass.

mod conformance;

use serde_json::json;

use super::*;

fn engine(files: &[(&str, &str)]) -> Result<Arc<dyn Engine>, String> {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let locations = ["*.go.html".to_owned(), "pages/*.go.html".to_owned()];
    let statics = BTreeMap::new();
    let material = Material {
        files: &files,
        statics: &statics,
        app_path: "/app",
        locations: &locations,
        base: "base_templates",
    };
    load(&material)
}

fn check(text: &str, dot: Json, expected: &str) {
    let engine = engine(&[("t.go.html", text)]).unwrap();
    let found = engine
        .render("t.go.html", "", &dot, 1000)
        .unwrap_or_else(|error| format!("error: {error}"));
    assert!(
        found == expected
            || (expected.ends_with('…') && found.contains(expected.trim_matches('…'))),
        "{found}"
    );
}

#[test]
fn text_is_escaped_where_it_stands() {
    check(
        "<b>{{.Data}}</b>",
        json!({"Data": "<i>"}),
        "<b>&lt;i&gt;</b>",
    );
    check(
        "<a href=\"{{.Data}}\">",
        json!({"Data": "javascript:x"}),
        "<a href=\"#ZgotmplZ\">",
    );
    check("{{safeHTML .Data}}", json!({"Data": "<i>"}), "<i>");
    check("{{.Data}}", json!({"Data": null}), "");
}

#[test]
fn functions_of_the_samples() {
    check(
        "{{round .Data 2}} {{add 1 2}} {{sub 5 3}} {{int 2.9}}",
        json!({"Data": 2.71659}),
        "2.72 3 2 2",
    );
    check(
        "{{if .Data | hasSuffix \"/tags\"}}y{{end}}",
        json!({"Data": "/a/tags"}),
        "y",
    );
    check(
        "{{$d := dict \"A\" 1}}{{$d.A}} {{substr 0 2 \"abc\"}}",
        json!({}),
        "1 ab",
    );
    check(
        "{{printf \"%s?d=%s\" .A .B}} {{static \"a.css\"}}",
        json!({"A": "x", "B": "y"}),
        "x?d=y /app/static/a.css",
    );
    check(
        "{{default \"d\" .Data}}{{ternary 1 2 true}}{{join \",\" (list 1 2)}}",
        json!({"Data": ""}),
        "d11,2",
    );
    check(
        "{{contains 1 \"a\"}}",
        json!({}),
        "…expected string; got int…",
    );
}

#[test]
fn a_misspelt_field_of_a_request_is_an_error() {
    let request = json!({"AppPath": "/x", "Data": {"Rows": [{"Name": "n"}]}, MARK: true});
    check(
        "{{.AppPath}}{{range .Data.Rows}}{{.Name}}{{.Title}}{{end}}",
        request.clone(),
        "/xn",
    );
    check(
        "{{.AppPaht}}",
        request.clone(),
        "…can't evaluate field AppPaht in type starlark_type.Request…",
    );
    check(
        "{{if eq $.Nope 1}}{{end}}",
        request.clone(),
        "…can't evaluate field Nope…",
    );
    check(
        "{{range .Data.Rows}}{{$.Nope}}{{end}}",
        request,
        "…can't evaluate field Nope…",
    );
}

#[test]
fn a_template_without_argument_gets_nothing() {
    check(
        "{{define \"x\"}}[{{.}}]{{end}}{{template \"x\"}}{{template \"x\" 1}}",
        json!({"Data": 1}),
        "[][1]",
    );
}

#[test]
fn broken_templates_are_refused_at_load() {
    let check = |text: &str, expected: &str| {
        let error = engine(&[("t.go.html", text)]).err().unwrap_or_default();
        assert_eq!(error, expected, "{text}");
    };
    check(
        "a\nb{{foo .}}",
        "template: t.go.html:2: function \"foo\" not defined",
    );
    check("{{if .}}", "template: t.go.html:1: unexpected EOF");
    check("{{end}}", "template: t.go.html:1: unexpected {{end}}");
    check(
        "{{.Data | (foo)}}",
        "template: t.go.html:1: function \"foo\" not defined",
    );
}

#[test]
fn output_is_bounded() {
    check(
        "{{range until 999}}xxxxxxxxxx{{end}}",
        json!({}),
        "…longer than 1000 bytes…",
    );
}

#[test]
fn pages_share_base_templates_only() {
    let engine = engine(&[
        (
            "base_templates/layout.go.html",
            "{{define \"full\"}}({{block \"body\" .}}none{{end}}){{end}}",
        ),
        (
            "a.go.html",
            "{{define \"body\"}}A{{end}}{{template \"full\" .}}",
        ),
        (
            "b.go.html",
            "{{define \"body\"}}B{{end}}{{template \"full\" .}}",
        ),
    ])
    .unwrap();
    let check = |file, block, expected: &str| {
        let found = engine
            .render(file, block, &json!({}), 100)
            .unwrap_or_else(|error| error);
        assert_eq!(found, expected);
    };
    check("a.go.html", "", "(A)");
    check("b.go.html", "", "(B)");
    check("b.go.html", "body", "B");
    check("", "body", "none");
    check("", "a.go.html", "(A)");
    check("c.go.html", "", "template c.go.html not found");
}
