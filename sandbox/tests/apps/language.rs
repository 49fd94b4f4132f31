//! The language of app files, where it is more than the interpreter's own.

use crate::fixture::{Fixture, limits, source};
use crate::handlers::check as answers;
use crate::loading::{check, check_app};

/// What `f()` gives, as the app's name.
async fn says(body: &str, expected: &str) {
    let app = format!("def f():\n{body}\napp = ace.app(str(f()))");
    check_app(&app, &format!("{expected} [] []")).await;
}

#[tokio::test]
async fn while_loops_run() {
    says("  n = 0\n  while n < 5:\n    n += 1\n  return n", "5").await;
    says("  n = 0\n  while n < 5: n += 2\n  return n", "6").await;
    says(
        "  out = []\n  n = 0\n  while True:\n    n += 1\n    if n == 2:\n      continue\n    if n > 4:\n      break\n    out.append(n)\n  return out",
        "[1, 3, 4]",
    )
    .await;
    says(
        "  out = []\n  a = 0\n  while (a <\n      2):  # rows\n\n    b = 0\n    while b < 2:\n      out.append((a, b))\n      b += 1\n    a += 1\n  return len(out)",
        "4",
    )
    .await;
    says("  while False:\n    return 1\n  return 'none'", "none").await;
    says(
        "  x = 'while'\n  return [x for _ in range(1)]",
        "[\"while\"]",
    )
    .await;
}

#[tokio::test]
async fn places_in_files_with_while_are_those_of_the_author() {
    let error = "load: app.star:4:12: …";
    check_app(
        "def f():\n  n = 0\n  while n < 1:\n    return nope\nf()\napp = ace.app('a')",
        error,
    )
    .await;
    check_app(
        "def f():\n  while nope(1):\n    pass\nf()",
        "load: app.star:2:9: Variable `nope` not found…",
    )
    .await;
    check_app(
        "def f():\n  while 1 // 0:\n    pass\nf()",
        "load: app.star:2:9: …",
    )
    .await;
    check_app(
        "def f():\n  n = 0\n  while n < 1:\n    n += 1\n  return n // 0\nf()",
        "load: app.star:5:10: …",
    )
    .await;
    check_app(
        "def f():\n  while True:\nf()",
        "load: app.star:2:13: the loop has no body…",
    )
    .await;
    check_app("def f():\n  while True\n    x\n", "load: app.star:2:3: …").await;
}

#[tokio::test]
async fn endless_while_loops_are_stopped() {
    let app =
        "def handler(req):\n  while True:\n    pass\napp = ace.app('A', routes=[ace.api('/')])";
    let short = sandbox::Limits {
        handler: std::time::Duration::from_secs(1),
        ..limits()
    };
    let fixture = Fixture::install(source(&[("app.star", app)]), short).await;
    let found = fixture.get("/").await;
    assert!(found.starts_with("unavailable: "), "{found}");
}

#[tokio::test]
async fn statements_outside_of_functions_are_refused() {
    check_app(
        "if True:\n  x = 1",
        "load: app.star:1:1: if statement not within a function…",
    )
    .await;
    check_app(
        "while True:\n  x = 1",
        "load: app.star:1:1: while loop not within a function…",
    )
    .await;
    check(
        &[
            ("app.star", "app = ace.app('a')"),
            ("params.star", "def f():\n  while True:\n    pass\n"),
        ],
        "load: params.star:2:3: error reading params info: error loading params: this file does not support while loops; use `for`",
    )
    .await;
    check(
        &[
            ("app.star", "app = ace.app('a')"),
            ("params.star", "load('a.star', 'a')"),
        ],
        "load: params.star:1:1: error reading params info: error loading params: …",
    )
    .await;
}

#[tokio::test]
async fn only_the_names_of_the_language_exist() {
    for name in [
        "json",
        "math",
        "time",
        "struct",
        "set",
        "record",
        "enum",
        "partial",
        "breakpoint",
        "doc",
        "table",
    ] {
        let expected = format!("load: app.star:1:1: Variable `{name}` not found…");
        check_app(name, &expected).await;
    }
    says("  return [type(x) for x in ['', 1, 1.0, None, [], {}, (), True, range(1), b'']]", r#"["string", "int", "float", "NoneType", "list", "dict", "tuple", "bool", "range", "bytes"]"#).await;
    says("  return type(ace.output(1))", "Output").await;
    let universe = "abs any all bool bytes chr dict dir enumerate fail float getattr hasattr hash int len list max min ord \
                    print range repr reversed sorted str tuple type zip";
    let names = universe.split_whitespace().collect::<Vec<_>>().join(", ");
    says(&format!("  return len([{names}])"), "29").await;
}

#[tokio::test]
async fn files_load_each_other() {
    check(
        &[
            ("app.star", "load('util/fmt.star', 'fmt', f='shout')\napp = ace.app(fmt.shout('a') + f('b') + str(hasattr(fmt, '_secret')))"),
            ("util/fmt.star", "load('util/base.star', 'mark')\n_secret = 1\ndef shout(t):\n  n = 0\n  while n < 1:\n    n += 1\n  return t + mark\n"),
            ("util/base.star", "mark = '!'\nbase = 'own'\n"),
        ],
        "a!b!False [] []",
    )
    .await;
    check(
        &[
            ("app.star", "load('base.star', 'base')\napp = ace.app(base)"),
            ("base.star", "base = 'own'\n"),
        ],
        "own [] []",
    )
    .await;
    check(
        &[
            ("app.star", "load('a.star', 'a')\napp = ace.app('x')"),
            ("a.star", "load('b.star', 'b')"),
            (
                "b.star",
                "\ndef f():\n  while 1:\n    pass\nload('fs.in', 'fs')\nx = 1 // 0\n",
            ),
        ],
        "load: b.star:6:5: …",
    )
    .await;
    check(
        &[
            ("app.star", "load('a.star', 'a')\napp = ace.app('x')"),
            ("a.star", "\nif True:\n  x = 1"),
        ],
        "load: a.star:2:1: if statement not within a function…",
    )
    .await;
}

#[tokio::test]
async fn in_development_a_failure_says_where() {
    let app = "
def inner(x):
    return x // 0
def handler(req):
    n = 0
    while n < 1:
        n += 1
    return inner(n)
def error_handler(req, ret):
    return ret
def other(req):
    fail('no')
app = ace.app('A', routes=[ace.api('/', type='TEXT')])
";
    let fixture = Fixture::new(&[("app.star", app)]).await;
    let found = fixture.develop("/").await;
    assert_eq!(
        found,
        "200 map[error:Floor division by zero: 1 // 0 : Function handler, Position app.star:8:12]"
    );
    answers(
        app,
        &[("/", "200 map[error:Floor division by zero: 1 // 0]")],
    )
    .await;
    let fixture = Fixture::new(&[(
        "app.star",
        "handler = lambda req: fail('x')\napp = ace.app('A', routes=[ace.api('/')])",
    )])
    .await;
    let found = fixture.develop("/").await;
    assert_eq!(
        found,
        "handler: fail: x : Function lambda, Position app.star:1:23"
    );
    assert_eq!(fixture.get("/").await, "handler: fail: x");
}
