//! Values that handlers return, and what clients get of them.

use crate::fixture::{Fixture, INDEX, shown};
use crate::handlers::check;

/// What `value` becomes on a JSON and on a TEXT route.
async fn converts(value: &str, json: &str, text: &str) {
    let app = format!(
        "load('fs.in', 'fs')\napp = ace.app('A', routes=[ace.api('/json', handler=lambda req: {value}),\n\
         ace.api('/text', handler=lambda req: {value}, type='text')], permissions=[ace.permission('fs.in', 'abs')])"
    );
    check(&app, &[("/json", json), ("/text", text)]).await;
}

#[tokio::test]
async fn values_become_data() {
    converts("None", "200 null", "200 <nil>").await;
    converts(
        "(1, 'a', 2.5, 3.0, 1e21)",
        r#"200 [1,"a",2.5,3,1e+21]"#,
        "200 [1 a 2.5 3 1e+21]",
    )
    .await;
    converts(
        "1 << 62",
        "200 4611686018427387904",
        "200 4611686018427387904",
    )
    .await;
    let wide = "handler: int value is out of the range of 64 bits";
    converts("[1 << 64]", wide, wide).await;
    converts("b'ab\\xff'", r#"200 "YWL/""#, "200 [97 98 255]").await;
    converts(
        "{1: 2}",
        "handler: dict key of type int is not a string",
        "200 map[1:2]",
    )
    .await;
    let text = "handler: unrecognized starlark type: function";
    converts("[len]", text, text).await;
    let text = "handler: unrecognized starlark type: Request";
    converts("[req]", text, text).await;
    let text = "handler: unrecognized starlark type: Output";
    converts("ace.output(1)", text, text).await;
    let text = "handler: unrecognized starlark type: struct";
    converts("[ace.redirect('/')]", text, text).await;
    converts(
        "ace.style('')",
        "handler: Error handling response: error getting block: struct has no .block attribute",
        "handler: …",
    )
    .await;
    converts(
        "fs.abs('/tmp')",
        r#"200 {"error":null,"error_code":0,"is_stream":false,"value":"/tmp"}"#,
        "200 map[error:<nil> error_code:0 is_stream:false value:/tmp]",
    )
    .await;
    converts("fs.abs('/tmp').error", "200 null", "200 <nil>").await;
    converts(
        "[type(fs.abs('/')), fs.abs('/').is_stream]",
        r#"200 ["Response",false]"#,
        "200 [Response false]",
    )
    .await;
    let text = "handler: response has no attribute 'x'";
    converts("fs.abs('/').x", text, text).await;
}

#[tokio::test]
async fn arguments_must_be_data() {
    let app = "
load('fs.in', 'fs')
calls = {
    'func': lambda req: fs.abs(len),
    'request': lambda req: fs.abs(path=req),
    'response': lambda req: fs.abs([fs.abs('/')]),
    'big': lambda req: fs.abs(1 << 70),
    'struct': lambda req: fs.abs(ace.redirect('/')),
    'key': lambda req: fs.abs({1: 2}),
}
app = ace.app('A', routes=[ace.api('/' + name, handler=call) for name, call in calls.items()],
    permissions=[ace.permission('fs.in', 'abs')])
";
    check(
        app,
        &[
            (
                "/func",
                "handler: fs.in.abs argument 0: cannot pass value of type function to a plugin",
            ),
            (
                "/request",
                "handler: fs.in.abs argument path: cannot pass value of type Request to a plugin",
            ),
            (
                "/response",
                "handler: fs.in.abs argument 0: cannot pass value of type Response to a plugin",
            ),
            (
                "/big",
                "handler: fs.in.abs argument 0: int value is out of the range of 64 bits",
            ),
            (
                "/struct",
                "handler: fs.in.abs argument 0: cannot pass value of type struct to a plugin",
            ),
            (
                "/key",
                "handler: fs.in.abs argument 0: dict key of type int is not a string",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn responses_keep_their_status_and_kind() {
    let app = "
page = {'x': '<b>'}
app = ace.app('A', routes=[
    ace.api('/json', handler=lambda req: ace.response(page, code=422, retarget='#a')),
    ace.api('/text', handler=lambda req: ace.response([1.5, 'a'], type='Text', code=404)),
    ace.api('/html', handler=lambda req: ace.response(page, 'part', type='HTML')),
    ace.html('/bytes', handler=lambda req: ace.response(b'\\xff\\x00', download='a.bin', content_type='image/x', code=201)),
    ace.html('/wrong', handler=lambda req: ace.response({}, download='a')),
    ace.html('/code', handler=lambda req: ace.response({}, 'part', code=99)),
    ace.html('/zero', handler=lambda req: ace.redirect('/x', 0, refresh=True)),
    ace.html('/none', full='page.go.html'),
    ace.api('/nothing'),
])
def dead_no_args():
    return {}
";
    let fixture = Fixture::new(&[
        ("app.star", app),
        ("index_gen.go.html", INDEX),
        ("page.go.html", "{{ define \"part\" }}[{{ .Data.x }}]{{ end }}{{ define \"openrun_body\" }}{{ end }}{{ .Data }}"),
    ])
    .await;
    let get = async |path: &str| fixture.request("GET", path, &[]).await.unwrap();
    let json = get("/json").await;
    assert_eq!(shown(Ok(json.clone())), r#"422 {"x":"<b>"}"#);
    assert!(
        json.headers
            .contains(&("HX-Retarget".to_owned(), "#a".to_owned()))
    );
    assert_eq!(shown(Ok(get("/text").await)), "404 [1.5 a]");
    assert_eq!(shown(Ok(get("/html").await)), "200 [&lt;b&gt;]");
    let file = get("/bytes").await;
    assert_eq!((file.status, &file.body[..]), (201, &[0xff, 0][..]));
    assert!(
        file.headers
            .contains(&("Content-Type".to_owned(), "image/x".to_owned()))
    );
    assert_eq!(
        fixture.get("/wrong").await,
        "handler: download response data must be a string, bytes or a plugin download stream"
    );
    assert_eq!(
        fixture.get("/code").await,
        "handler: Error handling response: invalid status code 99"
    );
    let zero = get("/zero").await;
    assert_eq!(zero.status, 303);
    assert!(
        zero.headers
            .contains(&("HX-Refresh".to_owned(), "true".to_owned()))
    );
    assert_eq!(fixture.get("/none").await, "200 map[]");
    assert_eq!(fixture.get("/nothing").await, "200 {}");
}

#[tokio::test]
async fn error_handlers_answer_like_handlers() {
    let app = "
def error_handler(req, ret):
    if req.Query.get('again'):
        fail('twice')
    if req.Query.get('go'):
        return ace.redirect('/x?' + ret['error'])
    return {'x': ret['error']}
boom = lambda req: fail('boom')
def none_no_args():
    fail('none')
app = ace.app('A', routes=[ace.html('/page', partial='part', handler=boom), ace.api('/api', type='TEXT', handler=none_no_args)])
";
    check(
        app,
        &[
            ("/page", "200 <h1>A</h1>[fail: boom]"),
            ("/api", "200 map[x:fail: none]"),
            ("/api?again=1", "handler: fail: twice"),
            ("/page?go=1", "303 <a href=\"/x?fail: boom\">Redirect</a>."),
        ],
    )
    .await;
}
