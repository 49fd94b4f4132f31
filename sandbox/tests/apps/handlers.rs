//! Handlers: what they get, what they may return, and what becomes of their failures.

use tempfile::TempDir;

use crate::fixture::{Fixture, INDEX, shown};

/// Answers of one app: path and what is shown.
pub async fn check(app: &str, cases: &[(&str, &str)]) {
    let fixture = Fixture::new(&[
        ("app.star", app),
        ("index_gen.go.html", INDEX),
        (
            "page.go.html",
            "{{ block \"openrun_body\" . }}[{{ block \"part\" . }}{{ .Data.x }}{{ end }}]{{ end }}",
        ),
        ("bad.go.html", "{{ .AppPaht }}"),
    ])
    .await;
    for (path, expected) in cases {
        let found = fixture.get(path).await;
        let fits = expected
            .strip_suffix('…')
            .map_or(found == *expected, |start| found.starts_with(start));
        assert!(fits, "{path}: {found}");
    }
}

#[tokio::test]
async fn data_becomes_what_the_route_says() {
    let app = "
def handler(req):
    return {'x': '<b>', 'n': [1, 2.0, None, True]}
def fixed_no_args():
    return {'a': 1}
app = ace.app('A', routes=[
    ace.html('/', partial='part', fragments=[ace.fragment('frag'), ace.api('data')]),
    ace.api('/text', type='text'), ace.api('/fixed', handler=fixed_no_args), ace.html('/bad', full='bad.go.html')])
";
    check(
        app,
        &[
            ("/", "200 <h1>A</h1>[&lt;b&gt;]"),
            ("/frag", "200 <h1>A</h1>[&lt;b&gt;]"),
            ("/data", r#"200 {"n":[1,2,null,true],"x":"<b>"}"#),
            ("/text", "200 map[n:[1 2 <nil> true] x:<b>]"),
            ("/fixed", r#"200 {"a":1}"#),
            ("/bad", "handler: …"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_part_is_rendered_for_htmx() {
    let app = "
def handler(req):
    return {'x': req.IsPartial}
app = ace.app('A', routes=[ace.html('/', partial='part', fragments=[ace.fragment('', method=ace.POST)])])
";
    let files = [
        ("app.star", app),
        ("index_gen.go.html", INDEX),
        (
            "p.go.html",
            "{{ define \"part\" }}{{ .Data.x }}{{ end }}{{ define \"openrun_body\" }}{{ end }}",
        ),
    ];
    let fixture = Fixture::new(&files).await;
    let found = fixture.request("GET", "/", &[("HX-Request", "true")]).await;
    assert_eq!(shown(found), "200 true");
    let found = fixture
        .request("POST", "/", &[("Referer", "http://localhost/test/?a")])
        .await
        .unwrap();
    assert_eq!(found.status, 303);
    assert!(
        found
            .headers
            .contains(&("Location".to_owned(), "/test/?a".to_owned()))
    );
}

#[tokio::test]
async fn requests_say_who_and_what() {
    let app = "
def handler(req):
    return [type(req), req.AppName, req.AppPath, req.Method, req.Query.get('q'), req.UrlParams['id'], req.Data]
def missing(req):
    return req.Nope
app = ace.app('A', routes=[ace.api('/u/{id}'), ace.api('/missing', handler=missing)])
";
    check(
        app,
        &[
            (
                "/u/7?q=1&q=2",
                r#"200 ["Request","A","/test","GET",["1","2"],"7",null]"#,
            ),
            ("/missing", "handler: request has no attribute 'Nope'"),
        ],
    )
    .await;
}

#[tokio::test]
async fn handlers_may_return_responses() {
    let app = "
app = ace.app('A', routes=[
    ace.html('/block', handler=lambda req: ace.response({'x': 1}, 'part', code=422, retarget='#a')),
    ace.html('/none', handler=lambda req: ace.response({'x': 1})),
    ace.html('/json', handler=lambda req: ace.response({'x': 1}, type='json', code=500)),
    ace.html('/go', handler=lambda req: ace.redirect('other?x')),
    ace.api('/file', handler=lambda req: ace.response('text', download='a\"b.txt')),
    ace.api('/split', handler=lambda req: ace.redirect('/a\\r\\nX: y')),
    ace.api('/func', handler=lambda req: len),
])
";
    let fixture = Fixture::new(&[
        ("app.star", app),
        (
            "index_gen.go.html",
            "{{ define \"part\" }}<{{ .Data.x }}>{{ end }}",
        ),
    ])
    .await;
    assert_eq!(
        fixture.get("/none").await,
        "handler: Error handling response: block not defined in response and type is not json/text"
    );
    assert_eq!(fixture.get("/json").await, "500 {\"x\":1}");
    assert_eq!(
        fixture.get("/func").await,
        "handler: unrecognized starlark type: function"
    );
    assert!(
        fixture
            .get("/split")
            .await
            .starts_with("handler: Error handling response: a header value")
    );
    let block = fixture.request("GET", "/block", &[]).await.unwrap();
    assert_eq!(block.status, 422);
    assert!(
        block
            .headers
            .contains(&("HX-Retarget".to_owned(), "#a".to_owned()))
    );
    let go = fixture.request("GET", "/go", &[]).await.unwrap();
    assert!(
        go.headers
            .contains(&("Location".to_owned(), "/test/other?x".to_owned())),
        "{:?}",
        go.headers
    );
    let file = fixture.request("GET", "/file", &[]).await.unwrap();
    let disposition = "attachment; filename=\"a\\\"b.txt\"".to_owned();
    assert!(
        file.headers
            .contains(&("Content-Disposition".to_owned(), disposition))
    );
}

#[tokio::test]
async fn a_failed_call_must_be_looked_at() {
    let app = "
load('fs.in', 'fs')
def unseen(req):
    fs.abs()
    return 1
def tested(req):
    return [bool(fs.abs()), fs.abs().error != '']
def read(req):
    return fs.abs().value
def second(req):
    a = fs.abs()
    return fs.abs()
app = ace.app('A', routes=[ace.api('/unseen', handler=unseen), ace.api('/tested', handler=tested),
    ace.api('/read', handler=read), ace.api('/second', handler=second)],
    permissions=[ace.permission('fs.in', 'abs')])
";
    check(
        app,
        &[
            ("/unseen", "handler: abs: missing argument for path"),
            ("/tested", "200 [false,true]"),
            ("/read", "handler: abs: missing argument for path"),
            (
                "/second",
                "handler: previous plugin call failed: abs: missing argument for path",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_error_handler_answers_for_failed_handlers() {
    let app = "
def handler(req):
    ace.audit('op', 'target')
    fail('boom')
def error_handler(req, ret):
    return ace.response(ret, type='json') if req.Query else {'caught': ret['error']}
app = ace.app('A', routes=[ace.api('/')])
";
    check(
        app,
        &[
            ("/", r#"200 {"caught":"fail: boom"}"#),
            ("/?a=1", r#"200 {"error":"fail: boom"}"#),
        ],
    )
    .await;
    let fixture = Fixture::new(&[("app.star", app)]).await;
    let audit = fixture
        .request("GET", "/", &[])
        .await
        .unwrap()
        .audit
        .unwrap();
    assert_eq!((audit.operation.as_str(), audit.success), ("op", false));
}

#[tokio::test]
async fn values_of_plugins_can_be_changed_and_globals_cannot() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("file"), "x").unwrap();
    let app = "
load('fs.in', 'fs')
names = []
def handler(req):
    entries = fs.list(req.Query['dir'][0]).value
    for entry in entries:
        entry['size'] = 1
    entries.append({'size': 2})
    return [entry['size'] for entry in entries]
def change(req):
    names.append(1)
app = ace.app('A', routes=[ace.api('/'), ace.api('/change', handler=change)],
    permissions=[ace.permission('fs.in', 'list')])
";
    let path = format!("/?dir={}", dir.path().display());
    check(
        app,
        &[(path.as_str(), "200 [1,1,2]"), ("/change", "handler: …")],
    )
    .await;
}

#[tokio::test]
async fn tokens_of_secrets_never_show() {
    let app = "
key = '{{secret \"K\"}}'
def text(req):
    return key
def error(req):
    fail(key)
app = ace.app('A', routes=[ace.api('/json', handler=text), ace.api('/text', handler=text, type='TEXT'),
    ace.api('/error', handler=error), ace.html('/', handler=lambda req: {'x': key})])
";
    check(
        app,
        &[
            ("/json", r#"200 "{{secret \"K\"}}""#),
            ("/text", r#"200 {{secret "K"}}"#),
            ("/error", r#"handler: fail: {{secret "K"}}"#),
            ("/", "200 <h1>A</h1>[{{secret &#34;K&#34;}}]"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_not_permitted_is_refused() {
    let app = "
load('fs.in', 'fs')
def handler(req):
    return fs.list('/').error
app = ace.app('A', routes=[ace.api('/')])
";
    check(app, &[("/", "handler: …")]).await;
}
