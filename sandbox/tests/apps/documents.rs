//! `schema.star` and the documents it describes.

use std::collections::BTreeMap;

use tempfile::TempDir;

use crate::fixture::{Fixture, limits, sandbox, source};
use crate::loading::check;

const SCHEMA: &str = "type('note', fields=[field('title', STRING), field('rank', INT, default=3), field('at', 'DATETIME')],\n\
    indexes=[index(['title'], unique=True), index(['rank:DESC', 'title:asc'])])\n\
    type('empty', [])";

async fn wrong(schema: &str, expected: &str) {
    let expected = format!(
        "load: schema.star:{}",
        expected.replacen(
            ": ",
            ": error reading schema info: error loading app schema: ",
            1
        )
    );
    check(
        &[("app.star", "app = ace.app('a')"), ("schema.star", schema)],
        &expected,
    )
    .await;
}

#[tokio::test]
async fn mistakes_in_a_schema_are_named() {
    wrong(
        "type('note', [])\ntype('note', [])",
        "2:1: type \"note\" already defined",
    )
    .await;
    wrong(
        "type('note', [field('f', INT), field('f', INT)])",
        "1:1: field f already defined in type note",
    )
    .await;
    wrong(
        "type('note', [field('f', 'X')])",
        "1:1: unknown type X for f",
    )
    .await;
    wrong("type('note', 1)", "1:1: fields is not a list in type note").await;
    wrong(
        "type('note', [1])",
        "1:1: invalid field definition: got int, want field",
    )
    .await;
    wrong(
        "type('note', [], [1])",
        "1:1: invalid index definition: got int, want index",
    )
    .await;
    wrong(
        "type('note', [field('f', INT)], [index(['f:up'])])",
        "1:1: invalid index field f:up in type note",
    )
    .await;
    wrong(
        "type('note', [field('f', INT)], [index(['g'])])",
        "1:1: index field g not defined in type note",
    )
    .await;
    wrong("type('note')", "1:1: type: missing argument for fields").await;
}

#[tokio::test]
async fn the_schema_is_declared() {
    let dir = TempDir::new().unwrap();
    let files = [
        ("app.star", "app = ace.app(table.note + type(doc.empty()))"),
        ("schema.star", SCHEMA),
    ];
    let found = sandbox(dir.path(), Vec::new(), limits())
        .inspect(&source(&files), &BTreeMap::new())
        .await
        .unwrap();
    assert_eq!(found.name, "noteempty");
    let schema = serde_json::to_value(found.schema.unwrap()).unwrap();
    assert_eq!(schema["etag"].as_str().unwrap().len(), 64);
    assert_eq!(
        schema["types"][0]["fields"][1],
        serde_json::json!({"name": "rank", "kind": "INT", "default": 3})
    );
    let indexes = serde_json::json!([
        {"fields": [{"name": "title", "descending": false}], "unique": true},
        {"fields": [{"name": "rank", "descending": true}, {"name": "title", "descending": false}], "unique": false}]);
    assert_eq!(schema["types"][0]["indexes"], indexes);
}

#[tokio::test]
async fn documents_are_values() {
    let app = "
shared = doc.note('a', 1, at=0)
nested = doc.note(['x'], 1, 0)
def handler(req):
    d = doc.note(title='t', rank=2, at=None)
    d.title = [d.title]
    d.title.append('u')
    return [type(d), str(d), bool(d), d, hasattr(d, 'nope'), dir(d)[-1]]
def module(req):
    shared.rank += 1
def read(req):
    return [shared.rank, shared.title, type(shared), shared]
early = doc.note('b', 1, at=0)
early.rank = 7
def changed(req):
    return early.rank
def missing(req):
    return shared.nope
def assign(req):
    shared.nope = 1
def some(req):
    return doc.note('x')
def many(req):
    return doc.note(1, 2, 3, 4)
def twice(req):
    return doc.note(1, 2, 3, rank=4)
def unknown(req):
    return doc.note(1, 2, 3, x=4)
def page(req):
    return {'x': doc.note('<t>', 2, 3).title}
app = ace.app('A', routes=[ace.api('/' + n, handler=h) for n, h in {'': handler, 'module': module, 'read': read, 'changed': changed, 'missing': missing,
    'assign': assign, 'some': some, 'many': many, 'twice': twice, 'unknown': unknown}.items()])
";
    let fixture = Fixture::new(&[("app.star", app), ("schema.star", SCHEMA)]).await;
    let own =
        r#""_created_at":0,"_created_by":"","_id":0,"_updated_at":0,"_updated_by":"","_version":0"#;
    let check = async |path: &str, expected: &str| {
        assert_eq!(fixture.get(path).await, expected.replace("OWN", own))
    };
    check(
        "/",
        r#"200 ["note","type note",true,{OWN,"at":null,"rank":2,"title":["t","u"]},false,"title"]"#,
    )
    .await;
    check(
        "/module",
        "handler: a note at module level cannot be changed by a handler; make it in a function",
    )
    .await;
    check("/changed", "200 7").await;
    check(
        "/read",
        r#"200 [1,"a","note",{OWN,"at":0,"rank":1,"title":"a"}]"#,
    )
    .await;
    check("/missing", "handler: type note has no attribute 'nope'").await;
    check("/assign", "handler: type note has no attribute 'nope'").await;
    check("/some", "handler: note: missing argument for rank").await;
    check("/many", "handler: note: got 4 arguments, want at most 3").await;
    check(
        "/twice",
        "handler: note: got multiple values for parameter \"rank\"",
    )
    .await;
    check(
        "/unknown",
        "handler: note: unexpected keyword argument \"x\"",
    )
    .await;
}

#[tokio::test]
async fn documents_are_stored_and_read_back_in_batches() {
    let app = "
load('store.in', 'store')
def insert(req):
    for n in range(int(req.Query['from'][0]), int(req.Query['to'][0])):
        store.insert(table.note, doc.note('t%d' % n, n, None)).value
    return store.count(table.note, {}).value
def handler(req):
    rows = store.select(table.note, {'rank': {'$lt': 245}}, sort=['rank']).value
    total, last = 0, None
    for row in rows:
        total += 1
        last = row
    return [total, type(rows), type(last), last.title, last.rank, last._id, last._version]
def early(req):
    for row in store.select(table.note, {}, sort=['rank:desc']).value:
        return row.rank
def leak(req):
    store.select(table.note, {})
    return 1
def update(req):
    store.begin().value
    row = store.select_one(table.note, {'rank': 3}).value
    row.title = 'changed'
    row.at = {'list': [1, True, None]}
    store.update(table.note, row).value
    store.commit().value
    return store.select_by_id(table.note, row._id).value
app = ace.app('A', routes=[ace.api('/' + n, handler=h) for n, h in
    {'': handler, 'insert': insert, 'early': early, 'leak': leak, 'update': update}.items()],
    permissions=[ace.permission('store.in', f) for f in ['insert', 'count', 'select', 'begin', 'commit', 'select_one',
        'select_by_id', 'update']])
";
    let fixture = Fixture::new(&[("app.star", app), ("schema.star", SCHEMA)]).await;
    let check = async |path: &str, expected: &str| {
        let found = fixture.get(path).await;
        let fits = expected
            .strip_suffix('…')
            .map_or(found == expected, |start| found.starts_with(start));
        assert!(fits, "{path}: {found}");
    };
    check("/insert?from=0&to=150", "200 150").await;
    check("/insert?from=150&to=250", "200 250").await;
    let kinds = r#""rows_cursor iterator""#;
    check(
        "/",
        &format!(r#"200 [245,{kinds},"note","t244",244,245,0]"#),
    )
    .await;
    check("/early", "200 249").await;
    check(
        "/leak",
        "handler: resource has not be closed, check handler code: store.in:rows_cursor_1",
    )
    .await;
    check("/insert?from=7&to=8", "handler: …").await;
    let found = fixture.get("/update").await;
    let fields = r#""_version":0,"at":{"list":[1,true,null]},"rank":3,"title":"changed"}"#;
    assert!(
        found.starts_with("200 {") && found.ends_with(fields),
        "{found}"
    );
}
