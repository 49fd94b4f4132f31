//! Templates of an app end to end: sets, names, mistakes and bounds.

use gotemplate::Value;
use serde_json::{Value as Json, json};

use super::*;
use crate::request::AppRequest;
use crate::star::{AppFacts, Facts};

fn pages(files: &[(&str, &str)]) -> Result<Pages, String> {
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
    Pages::load(&material)
}

fn rendered(pages: &Pages, file: &str, block: &str, dot: Value) -> Result<String, String> {
    let limits = Limits {
        response_body: 1000,
        ticks: 100_000,
        ..Limits::default()
    };
    let run = run(&limits, Timestamp::from_second(1_800_000_000).unwrap());
    let out = pages.render(file, block, dot, &run)?;
    Ok(String::from_utf8(out).unwrap())
}

fn check(text: &str, dot: Json, expected: &str) {
    let pages = pages(&[("t.go.html", text)]).unwrap();
    let found = rendered(&pages, "t.go.html", "", from_json(&dot))
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
        "…at <1>: expected string; found 1…",
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
        let expected = format!("template: t.go.html:{expected}");
        let error = pages(&[("a.go.html", "fine"), ("t.go.html", text)]).err();
        assert_eq!(error.unwrap_or_default(), expected, "{text}");
    };
    check("a\nb{{foo .}}", "2: function \"foo\" not defined");
    check("{{.Data | (foo)}}", "1: function \"foo\" not defined");
    check("{{if .}}\n\nx", "3: unexpected EOF");
    check("{{define \"a\"}}x", "1: unexpected EOF");
    check("\n{{end}}", "2: unexpected {{end}}");
    check("{{if .}}{{end}}\n{{else}}", "2: unexpected {{else}}");
    check("x\n{{.Data", "2: unclosed action");
    check("{{template}}", "1: unexpected \"}}\" in template clause");
    check("{{$x}}", "1: undefined variable \"$x\"");
    check("{{break}}", "1: {{break}} outside {{range}}");
    check("{{/* a comment", "1: unclosed comment");
    check(
        "{{getHostByName \"x\"}}",
        "1: function \"getHostByName\" is not available here: templates reach no network",
    );
}

#[test]
fn a_request_has_the_fields_it_has() {
    let app = AppFacts {
        name: "App".into(),
        push_events: false,
        htmx: String::new(),
    };
    let request = AppRequest {
        path: "/x".into(),
        query: "q=1&q=2".into(),
        ..AppRequest::default()
    };
    let check = |text: &str, expected: &str| {
        let pages = pages(&[("t.go.html", text)]).unwrap();
        let data = json!({"Rows": [{"Name": "n"}], "b": {"$bytes": "aGk="}});
        let dot = Facts::new(&request, &app).into_dot(from_json(&data));
        let found = rendered(&pages, "t.go.html", "", dot).unwrap_or_else(|error| error);
        assert_eq!(found, expected, "{text}");
    };
    check(
        "{{.AppName}}{{range .Data.Rows}}{{.Name}}{{.Title}}{{end}}",
        "Appn",
    );
    check(
        "{{index .Query \"q\" 1}}{{len .Form}}{{.UrlParams.x}}",
        "21",
    );
    check("{{index .UrlParams \"x\" | len}}{{len .CustomPerms}}", "00");
    check("{{printf \"%s\" .Data.b}} {{len .Data.b}}", "hi 2");
    let place = "template: t.go.html:1:";
    for (text, at) in [
        ("{{.AppPaht}}", "2: executing \"t.go.html\" at <.AppPaht>"),
        (
            "{{if eq $.AppPaht 1}}{{end}}",
            "9: executing \"t.go.html\" at <$.AppPaht>",
        ),
    ] {
        check(
            text,
            &format!("{place}{at}: can't evaluate field AppPaht in type starlark_type.Request"),
        );
    }
    check(
        "{{index (index .Query \"z\") 0}}",
        &format!(
            "{place}2: executing \"t.go.html\" at <index (index .Query \"z\") 0>: error calling index: index out of range: 0"
        ),
    );
}

#[test]
fn the_clock_is_the_requests() {
    check(
        "{{now | date \"2006-01-02\"}} {{now.Unix}}",
        json!({}),
        "2027-01-15 1800000000",
    );
    check("{{relTime \"2027-01-15T07:58:00Z\"}}", json!({}), "2m ago");
}

#[test]
fn pages_are_bounded() {
    check(
        "{{range until 999}}xxxxxxxxxx{{end}}",
        json!({}),
        "…longer than 1000 bytes…",
    );
    check(
        "{{range until 999}}{{range until 999}}{{end}}{{end}}",
        json!({}),
        "…more than 100000 steps…",
    );
    check(
        "{{define \"x\"}}{{template \"x\" .}}{{end}}{{template \"x\" .}}",
        json!({}),
        "…exceeded maximum template depth…",
    );
}

#[test]
fn later_locations_override_earlier_ones() {
    let files = [
        ("a.go.html", "{{define \"x\"}}root{{end}}{{template \"x\"}}"),
        (
            "pages/a.go.html",
            "{{define \"x\"}}pages{{end}}page {{template \"x\"}}",
        ),
    ];
    let pages = pages(&files).unwrap();
    assert_eq!(
        rendered(&pages, "a.go.html", "", Value::Nil),
        Ok("page pages".to_owned())
    );
    assert_eq!(
        rendered(&pages, "nope", "", Value::Nil),
        Err("html/template: \"nope\" is undefined".to_owned())
    );
}

#[test]
fn pages_share_base_templates_only() {
    let pages = pages(&[
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
        let found = rendered(&pages, file, block, Value::Nil).unwrap_or_else(|error| error);
        assert_eq!(found, expected);
    };
    check("a.go.html", "", "(A)");
    check("b.go.html", "", "(B)");
    check("b.go.html", "body", "B");
    check("", "body", "none");
    check("", "a.go.html", "(A)");
    check("c.go.html", "", "template c.go.html not found");
}
