//! What an app declares: what is carried on, and what is said about mistakes.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use sandbox::{Inspection, Library, RouteKind, Surroundings};
use tempfile::TempDir;

use crate::fixture::{limits, sandbox, source};
use crate::loading::{check, check_app};

async fn inspect(files: &[(&str, &str)]) -> Inspection {
    let dir = TempDir::new().unwrap();
    let sandbox = sandbox(dir.path(), Vec::new(), limits());
    sandbox
        .inspect(&source(files), &BTreeMap::new())
        .await
        .unwrap()
}

/// The error of `ace.app` with these arguments, on line 3.
async fn wrong(args: &str, expected: &str) {
    let app = format!(
        "load('proxy.in', 'proxy')\nload('container.in', 'container')\napp = ace.app('a', {args})"
    );
    check_app(&app, &format!("load: app.star:3:{expected}")).await;
}

#[tokio::test]
async fn routes_that_cannot_be_are_named_with_their_place() {
    wrong(
        "routes=1",
        "7: error unpacking app args: app: for parameter \"routes\": got int, want list",
    )
    .await;
    wrong("routes=[1]", "7: routes entry 1 is not a struct").await;
    wrong(
        "routes=[ace.html('/'), 2]",
        "7: routes entry 2 is not a struct",
    )
    .await;
    wrong(
        "routes=[ace.html('x')]",
        "28: routing pattern `x` must begin with `/`",
    )
    .await;
    wrong(
        "routes=[ace.api('/', method='FETCH')]",
        "28: `FETCH` is not a supported http method",
    )
    .await;
    wrong(
        "routes=[ace.html('/', fragments=[1])]",
        "28: page 1 fragment 1 is not a struct",
    )
    .await;
    wrong(
        "routes=[ace.html('/', fragments=1)]",
        "28: error unpacking html args: html: for parameter \"fragments\": got int, want list",
    )
    .await;
    wrong(
        "routes=[ace.api('/', handler=1)]",
        "28: error unpacking api args: api: for parameter \"handler\": got int, want callable",
    )
    .await;
    wrong(
        "routes=[ace.proxy('/x', 1)]",
        "28: proxy entry 1:/x is not a proxy response",
    )
    .await;
    wrong(
        "routes=[ace.proxy('/x', proxy.config('http://h').value)]",
        "28: proxy entry 1:/x is not a proxy response",
    )
    .await;
    wrong(
        "routes=[ace.proxy('/x', proxy.config())]",
        "28: error in proxy config: config: missing argument for url",
    )
    .await;
    wrong(
        "routes=[ace.proxy('/x', proxy.config('ftp://h'))]",
        "28: error in proxy config: \"ftp://h\" is not an http or https address",
    )
    .await;
    wrong(
        "static_only=True, routes=[ace.html('/')]",
        "7: static_only app cannot have HTML routes",
    )
    .await;
    wrong(
        "static_only=True, routes=[ace.proxy('/', proxy.config('http://h'))]",
        "7: static_only app cannot have root level wildcard path for proxy",
    )
    .await;
    wrong(
        "static_only=True, single_file=True",
        "7: single_file static app must have index_page attribute set",
    )
    .await;
}

#[tokio::test]
async fn other_attributes_are_checked() {
    wrong(
        "style=ace.style('foo')",
        "7: invalid style library config : foo",
    )
    .await;
    wrong(
        "style=ace.library('d3', '1')",
        "7: style attr is not a struct",
    )
    .await;
    wrong(
        "style=ace.style()",
        "26: error unpacking style args: fragment: missing argument for library",
    )
    .await;
    wrong(
        "style=ace.style('daisyui', custom_themes={1: {}})",
        "7: custom_themes keys must be non-empty theme name strings",
    )
    .await;
    wrong(
        "style=ace.style('daisyui', custom_themes={'x': 1})",
        "7: custom theme x must be a dict of CSS properties",
    )
    .await;
    wrong(
        "style=ace.style('daisyui', custom_themes={'x': {'': 'y'}})",
        "7: custom theme x property names must be non-empty strings",
    )
    .await;
    wrong(
        "style=ace.style('daisyui', custom_themes={'x': {'p': 1}})",
        "7: custom theme x property p value must be a string",
    )
    .await;
}

#[tokio::test]
async fn what_else_an_app_consists_of_is_checked() {
    wrong(
        "libraries=['a', 1]",
        "7: libraries entry 2 is not a string or library",
    )
    .await;
    wrong(
        "libraries=[ace.library('x y', '1')]",
        "7: invalid package name \"x y\"",
    )
    .await;
    wrong("actions=[1]", "7: actions entry 1 is not a struct").await;
    wrong(
        "actions=[ace.action('a', 'x', lambda d, a: 1), ace.action('b', '/x', lambda d, a: 1)]",
        "67: error adding action at path /x: another action or route has this path",
    )
    .await;
    wrong("actions=[ace.action('a', 'x', lambda d, a: 1, suggest=None)]", "29: error unpacking action args: action: for parameter \"suggest\": got NoneType, want callable").await;
    wrong("permissions=[1]", "7: permissions entry 0 is not a struct").await;
    wrong(
        "permissions=[ace.permission('a', 'b', secrets=['x'])]",
        "7: entry 0 in secrets list is not a list",
    )
    .await;
    wrong(
        "settings={'routing': {'push_events': 1}}",
        "7: error applying settings: …",
    )
    .await;
    wrong(
        "settings={'app_config': {'cors': {'max_age': 1}}}",
        "7: error applying app_config settings: cors.max_age is not a string",
    )
    .await;
    wrong(
        "settings={1: 2}",
        "7: error encoding settings: dict key of type int is not a string",
    )
    .await;
    wrong(
        "container=1",
        "7: container attr is not the result of container.config",
    )
    .await;
    wrong(
        "container=container.config(port=-1)",
        "7: error in container config: port must be an integer higher than or equal to zero",
    )
    .await;
    wrong("container=container.config(dev_settings={'x': 1})", "7: error in container config: invalid dev_settings key \"x\", allowed keys are target, command, …").await;
}

#[tokio::test]
async fn proxies_carry_where_they_lead() {
    let app = "load('proxy.in', 'proxy')\n\
        app = ace.app('A', routes=[ace.proxy('/api', proxy.config('http://localhost:8080/x', strip_path='/api',\n\
        preserve_host=True, strip_app=False, response_headers={'X-B': '1', 'X-A': '$url', 'X-C': 3}))])";
    let found = inspect(&[("app.star", app)]).await;
    let patterns: Vec<_> = found
        .routes
        .iter()
        .map(|route| (route.method.as_str(), route.pattern.as_str()))
        .collect();
    assert_eq!(patterns, [("*", "/api"), ("*", "/api/"), ("*", "/api/*")]);
    for route in &found.routes {
        let config = route.proxy.as_ref().unwrap();
        assert_eq!(route.kind, RouteKind::Proxy);
        assert_eq!(
            (config.url.as_str(), config.strip_path.as_str()),
            ("http://localhost:8080/x", "/api")
        );
        assert!(config.preserve_host && !config.strip_app);
        let headers = [("X-B", "1"), ("X-A", "$url")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(config.response_headers, headers);
    }
}

#[tokio::test]
async fn declarations_are_carried() {
    let app = "load('container.in', 'container')\n\
        app = ace.app('A', static_only=True, index='a.html', single_file=True, custom_layout=True,\n\
        style=ace.style('HTTPS://cdn.example/A.css', themes=['x'], disable_watcher=True, custom_themes={'b': {'--z': '1', '--a': '2'}}),\n\
        libraries=['https://cdn.example/x.js', ace.library('@org/chart', '1.2', ['--minify'])],\n\
        settings={'htmx': {'version': '1.9.10'}, 'routing': {'template_locations': ['*.html'], 'early_hints': False}},\n\
        container=container.config(container.IMAGE_PREFIX + 'nginx', port=80, volumes=['/a'], cargs={'A': 'b'}),\n\
        actions=[ace.action('Do', 'do', lambda dry_run, args: 1, suggest=lambda args: {}, description='d', hidden=['h'], show_validate=True, permit=['p'])])";
    let lock = r#"{"htmx": {"version": "1.9.2"}, "routing": {"base_templates": "base", "static_dir": "old"}}"#;
    let found = inspect(&[("app.star", app), ("config_gen.lock", lock)]).await;
    assert!(found.static_only && found.single_file && found.custom_layout);
    let style = found.style.unwrap();
    assert_eq!(
        (style.library.as_str(), style.disable_watcher),
        ("HTTPS://cdn.example/A.css", true)
    );
    let property = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        style.custom_themes,
        [(
            "b".to_owned(),
            vec![property("--z", "1"), property("--a", "2")]
        )]
    );
    let package = Library::Package {
        name: "@org/chart".into(),
        version: "1.2".into(),
        args: vec!["--minify".into()],
    };
    assert_eq!(
        found.libraries,
        [Library::Url("https://cdn.example/x.js".into()), package]
    );
    let settings = found.settings;
    assert_eq!(
        (
            settings.htmx_version.as_str(),
            settings.base_templates.as_str()
        ),
        ("1.9.10", "base")
    );
    assert_eq!(
        (settings.template_locations, settings.early_hints),
        (vec!["*.html".to_owned()], false)
    );
    let container = found.container.unwrap();
    assert_eq!(
        (
            container.source.as_str(),
            container.port,
            container.scheme.as_str()
        ),
        ("image:nginx", 80, "http")
    );
    let action = &found.actions[0];
    assert_eq!(
        (action.path.as_str(), action.suggest, action.show_validate),
        ("/do", true, true)
    );
    assert_eq!(
        (&action.hidden, &action.permit),
        (&vec!["h".to_owned()], &vec!["p".to_owned()])
    );
}

#[tokio::test]
async fn the_surroundings_are_known_to_code() {
    let dir = TempDir::new().unwrap();
    let around = Surroundings {
        app_url: Some("https://h/app".into()),
        node: serde_json::from_str(r#"{"region": "eu", "size": 3}"#).unwrap(),
        environment: [("HOME".to_owned(), "/home/me".to_owned())].into(),
        star_base: "code".into(),
        ..Surroundings::default()
    };
    let app = "load('lib.star', 'lib')\n\
        app = ace.app(str([ace.config('_app_url', ''), ace.config('_branch', 'main'), ace.config('region', ''),\n\
        ace.config('size', 1), ace.config('x', '$HOME/y $PATH'), ace.config('x', None), lib.one, param.home]))";
    let files = [
        ("code/app.star", app),
        ("code/lib.star", "one = 1"),
        (
            "code/params.star",
            "param('home', default=config('z', '$HOME'))",
        ),
    ];
    let found = sandbox(dir.path(), Vec::new(), limits())
        .inspect_in(&source(&files), &BTreeMap::new(), &around)
        .await
        .unwrap();
    assert_eq!(
        found.name,
        r#"["https://h/app", "main", "eu", 3, "/home/me/y $PATH", None, 1, "/home/me"]"#
    );
}

#[tokio::test]
async fn parameters_are_checked() {
    let wrong = async |params: &str, expected: &str| {
        let expected = format!(
            "load: {}",
            expected.replace("P:", "error reading params info: error loading params:")
        );
        check(
            &[("app.star", "app = ace.app('a')"), ("params.star", params)],
            &expected,
        )
        .await;
    };
    wrong(
        "param('p1', default='')\nparam('p1')",
        "params.star:2:1: P: param \"p1\" already defined",
    )
    .await;
    wrong("param('')", "params.star:1:1: P: param name is required").await;
    wrong(
        "param('p1', type='X')",
        "params.star:1:1: P: unknown type X for \"p1\"",
    )
    .await;
    wrong(
        "param('p1', type=BOOLEAN, default=1)",
        "params.star:1:1: P: param p1 is of type bool but default value is not a bool",
    )
    .await;
    wrong(
        "param('p1', type=DICT, default=[])",
        "params.star:1:1: P: param p1 is of type dict but default value is not a dict",
    )
    .await;
    wrong(
        "param('p1', type=LIST, default={})",
        "params.star:1:1: P: param p1 is of type list but default value is not a list",
    )
    .await;
    wrong(
        "param('p1', default=1)",
        "params.star:1:1: P: param p1 is of type string but default value is not a string",
    )
    .await;
    wrong(
        "param('p1', display_type='x', default='')",
        "params.star:1:1: P: unknown display type x for p1",
    )
    .await;
    wrong(
        "param('p1', type=INT, default=1, display_type=FILE)",
        "params.star:1:1: P: display_type file is allowed for string type p1 only",
    )
    .await;
    let params = "param('a', display_type=TEXTAREA + ':5', default='x')\nparam('b-c', type=DICT, default={'k': [1, 2.0]})\n\
                  param('d', type=BOOLEAN, required=False)\nparam('e', type=LIST, required=False)";
    let app = "app = ace.app(str([param.a, getattr(param, 'b-c'), param.d, param.e]))";
    let found = inspect(&[("app.star", app), ("params.star", params)]).await;
    assert_eq!(found.name, r#"["x", {"k": [1, 2.0]}, False, []]"#);
    let values: Vec<_> = found
        .params
        .iter()
        .map(|param| (param.value.as_str(), param.display.as_str()))
        .collect();
    assert_eq!(
        values,
        [
            ("x", "textarea:5"),
            (r#"{"k":[1,2]}"#, ""),
            ("false", ""),
            ("[]", "")
        ]
    );
}
