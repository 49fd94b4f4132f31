//! What an app may look like, and what its author is told when it does not.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use tempfile::TempDir;

use crate::fixture::{limits, sandbox, shown, source};

pub async fn check(files: &[(&str, &str)], expected: &str) {
    let dir = TempDir::new().unwrap();
    let sandbox = sandbox(dir.path(), Vec::new(), limits());
    let found = match sandbox.inspect(&source(files), &BTreeMap::new()).await {
        Ok(inspection) => format!(
            "{} {:?} {:?}",
            inspection.name, inspection.loads, inspection.warnings
        ),
        Err(error) => shown(Err(error)),
    };
    let fits = expected
        .strip_suffix('…')
        .map_or(found == expected, |start| found.starts_with(start));
    assert!(fits, "{files:?}\n{found}");
}

pub async fn check_app(text: &str, expected: &str) {
    check(&[("app.star", text)], expected).await;
}

/// Tokens are drawn anew for each reading; what is declared must stay the same and be readable.
#[tokio::test]
async fn references_are_declared_as_written() {
    let dir = TempDir::new().unwrap();
    let sandbox = sandbox(dir.path(), Vec::new(), limits());
    let app = "app = ace.app('a', routes=[], permissions=[\n\
               ace.permission('http.in', 'get', [param.url])])";
    let params = "param('url', default='https://h.example/bot{{secret \"K\"}}/send')";
    let files = [("app.star", app), ("params.star", params)];
    let found = sandbox
        .inspect(&source(&files), &BTreeMap::new())
        .await
        .unwrap();
    let url = "https://h.example/bot{{secret \"K\"}}/send";
    assert_eq!(found.permissions[0].arguments, [url]);
    assert_eq!(found.params[0].value, url);
}

#[tokio::test]
async fn mistakes_that_do_not_stop_an_app_are_told() {
    let dir = TempDir::new().unwrap();
    let sandbox = sandbox(dir.path(), Vec::new(), limits());
    let app = "app = ace.app('a', routes=[ace.html('/')], actions=[ace.action('x', '/x', lambda dry_run, args: 1)])\n\
               def insert(req):\n    return doc.note, table.note";
    let files = [
        ("app.star", app),
        ("params.star", "param('known', default='')"),
        ("schema.star", "type('note', [])"),
    ];
    let params = ["known", "knwon"].map(|name| (name.to_owned(), "1".to_owned()));
    let inspection = sandbox
        .inspect(&source(&files), &params.into())
        .await
        .unwrap();
    assert_eq!(
        inspection.warnings,
        [
            "parameter `knwon` is not declared in params.star",
            "pages have no template; add index.go.html",
            "actions are not available yet and answer 501",
        ]
    );
}

#[tokio::test]
async fn errors_name_the_place() {
    check(&[], "load: error reading app.star: file does not exist").await;
    check_app(
        "x = 1",
        "load: app not defined, check app.star, add 'app = ace.app(...)'",
    )
    .await;
    check_app("app = 1", "load: app not of type ace.app in app.star").await;
    check_app(
        "x = 1\napp = ace.app(y)",
        "load: app.star:2:15: Variable `y` not found…",
    )
    .await;
    check_app("def f(:\n", "load: app.star:1:7: Parse error…").await;
    check_app(
        "for x in []:\n  pass",
        "load: app.star:1:1: for loop not within a function; move it into a `def`",
    )
    .await;
}

#[tokio::test]
async fn wrong_arguments_read_as_in_openrun() {
    check_app(
        "app = ace.app()",
        "load: app.star:1:7: error unpacking app args: app: missing argument for name",
    )
    .await;
    check_app(
        "app = ace.html('/', abc=1)",
        "load: app.star:1:7: error unpacking html args: html: unexpected keyword argument \"abc\"",
    )
    .await;
    check_app(
        "app = ace.html('/', handler=1)",
        "load: app.star:1:7: error unpacking html args: html: for parameter \"handler\": got int, want callable",
    )
    .await;
    check_app(
        "app = ace.api('/', type='ABC')",
        "load: app.star:1:7: invalid API type specified : ABC",
    )
    .await;
    check_app(
        "app = ace.permission('a', 'b', type='read')",
        "load: app.star:1:7: invalid permission type specified : read",
    )
    .await;
}

#[tokio::test]
async fn other_files_are_loaded_once_with_their_struct() {
    let app = "load('lib/calc.star', 'calc', t='total')\nload('fs.in', 'fs')\nload('store.in#x', 'store')\n\
               app = ace.app('%s %s' % (calc.total, t))";
    check(
        &[
            ("app.star", app),
            ("lib/calc.star", "total = 7\n_hidden = 1"),
        ],
        "7 7 [\"fs.in\", \"store.in#x\"] []",
    )
    .await;
    check_app(
        "load('x.star', 'x')",
        "load: app.star:1:1: cannot load x.star: file does not exist",
    )
    .await;
    check_app(
        "load('foo.in', 'foo')",
        "load: app.star:1:1: module foo.in not found",
    )
    .await;
    check(
        &[
            ("app.star", "load('a.star', 'a')"),
            ("a.star", "load('app.star', 'app')"),
        ],
        "load: a.star:1:1: cycle in starlark load graph during load of app.star",
    )
    .await;
    check(
        &[
            ("app.star", "load('a.star', 'a')\napp = ace.app(a._x)"),
            ("a.star", "_x = 1"),
        ],
        "load: app.star:2:15: struct has no ._x attribute",
    )
    .await;
}

#[tokio::test]
async fn plugins_do_nothing_while_inspecting() {
    let app = "load('proxy.in', 'proxy')\nload('http.in', 'http')\nr = http.get('http://localhost')\n\
               app = ace.app('A', routes=[ace.proxy('/', proxy.config('http://x'))])";
    let expected = "A [\"proxy.in\", \"http.in\"] \
                    [\"http.in.get is called outside of functions, where it fails; call it in a handler\"]";
    check_app(app, expected).await;
}

#[tokio::test]
async fn parameters_have_types() {
    let app = "app = ace.app(repr([param.a, param.b, param.c]))";
    let params = "param('a', default='x')\nparam('b', type=INT, required=False)\nparam('c', type=LIST, default=[1])";
    check(
        &[("app.star", app), ("params.star", params)],
        "[\"x\", 0, [1]] [] []",
    )
    .await;
    check(
        &[("app.star", app), ("params.star", "param('a')")],
        "load: error reading params info: param a is a required param, a value has to be provided",
    )
    .await;
    check(
        &[("app.star", app), ("params.star", "\nparam('a b')")],
        "load: params.star:2:1: error reading params info: error loading params: param name \"a b\" has spaces",
    )
    .await;
    check(
        &[
            ("app.star", app),
            ("params.star", "param('a', type=INT, default='1')"),
        ],
        "load: params.star:1:1: error reading params info: error loading params: \
         param a is of type int but default value is not an int",
    )
    .await;
}

#[tokio::test]
async fn templates_are_checked_at_load() {
    let app = "app = ace.app('A', routes=[ace.html('/')], custom_layout=True)";
    for (file, text, problem) in [
        (
            "index.go.html",
            "\n{{ foo }}",
            "2: function \"foo\" not defined",
        ),
        ("index.go.html", "a\n{{ end }}", "2: unexpected {{end}}"),
        ("index.go.html", "{{ if .Data }}\na\n", "3: unexpected EOF"),
        ("other.go.html", "{{ .Data", "1: unclosed action"),
        (
            "base_templates/layout.go.html",
            "{{ define \"a\" }}",
            "1: unexpected EOF",
        ),
    ] {
        let name = file.rsplit('/').next().unwrap();
        check(
            &[("app.star", app), (file, text)],
            &format!("load: template: {name}:{problem}"),
        )
        .await;
    }
    check(
        &[("app.star", app)],
        "A [] [\"pages have no template; add index.go.html\"]",
    )
    .await;
}

#[tokio::test]
async fn code_that_runs_away_while_loading_is_stopped() {
    check_app("x = [a for a in range(1000000000)]", "load: …").await;
    check_app("x = 'a' * (1 << 40)", "load: …").await;
    check_app("x = list(range(100000000))", "load: …").await;
    check_app(
        &format!("x = {}{}", "[".repeat(300), "]".repeat(300)),
        "load: app.star:1:205: brackets are nested…",
    )
    .await;
    check_app(&format!("x = {}1", "1+".repeat(200_000)), "load: …").await;
}
