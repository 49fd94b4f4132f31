//! Handlers over a host of paper: what crosses the wall for documents, cursors and streams.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::{Bridge, Code, load};
use crate::frame::{Init, Outcome, Rendering};
use crate::limits::Limits;
use crate::plugin::message::{CallAnswer, CallRequest, Document, Rows};
use crate::request::AppRequest;
use crate::surroundings::Surroundings;

const SCHEMA: &str = "type('note', [field('n', INT)])";

/// Answers by function name, and writes down what it is asked.
#[derive(Default)]
struct Paper(Mutex<Vec<String>>);

impl Paper {
    fn write(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

fn rows(from: i64, to: i64) -> Vec<Document> {
    let row = |n: i64| Document {
        kind: "note".into(),
        fields: serde_json::from_value(json!({"_id": n, "n": n as f64})).unwrap(),
    };
    (from..to).map(row).collect()
}

impl Bridge for Paper {
    fn call(&self, call: CallRequest) -> CallAnswer {
        let arguments = Json::from(call.positional).to_string();
        self.write(format!("{} {arguments}", call.function));
        match call.function.as_str() {
            "select" => CallAnswer::Cursor {
                cursor: 7,
                name: "store.in:rows_cursor_1".into(),
                rows: rows(0, 2),
                more: true,
            },
            "select_one" => CallAnswer::Document(rows(5, 6).remove(0)),
            "count" => CallAnswer::Ok(json!({"b": {"$bytes": "/w=="}, "n": 1})),
            "delete" => CallAnswer::Failed {
                error: "no".into(),
                code: 3,
            },
            "begin" => CallAnswer::Stream { stream: 9 },
            _ => CallAnswer::Ok(Json::Null),
        }
    }

    fn fetch(&self, cursor: u64) -> Result<Rows, String> {
        let lines = self.0.lock().unwrap().len();
        self.write(format!("fetch {cursor}"));
        match lines {
            1 => Ok(Rows {
                rows: rows(2, 3),
                more: true,
            }),
            2 => Ok(Rows {
                rows: Vec::new(),
                more: false,
            }),
            _ => Err("the rows broke".into()),
        }
    }

    fn close(&self, cursor: u64) {
        self.write(format!("close {cursor}"));
    }

    fn print(&self, _text: &str) {}
}

fn code(handler: &str, route: &str) -> Code {
    let app = format!("load('store.in', 'store')\n{handler}\napp = ace.app('A', routes=[{route}])");
    let files = [
        ("app.star", app),
        ("schema.star", SCHEMA.to_owned()),
        (
            "index_gen.go.html",
            "{{ define \"part\" }}[{{ .n }}]{{ end }}\
             {{ define \"types\" }}{{ range .Data }}{{ typeOf . }} {{ . }}, {{ end }}{{ end }}"
                .to_owned(),
        ),
    ];
    let init = Init {
        inspect: false,
        files: files.map(|(name, text)| (name.to_owned(), text)).into(),
        statics: BTreeMap::new(),
        app_path: String::new(),
        params: BTreeMap::new(),
        surroundings: Surroundings::default(),
        limits: Limits::default(),
    };
    load(&init, Arc::new(|_: &str| {})).unwrap()
}

/// The outcome of one request, and what was said to the host.
fn run(handler: &str, route: &str) -> (Outcome, Vec<String>) {
    let paper = Arc::new(Paper::default());
    let bridge: Arc<dyn Bridge> = Arc::clone(&paper) as Arc<dyn Bridge>;
    let outcome = code(handler, route).handle(&AppRequest::default(), bridge);
    let lines = paper.0.lock().unwrap().clone();
    (outcome, lines)
}

fn check(body: &str, expected: &str, said: &[&str]) {
    let (outcome, lines) = run(
        &format!("def handler(req):\n  {}", body.replace('\n', "\n  ")),
        "ace.api('/')",
    );
    let found = match outcome {
        Outcome::Response(response) => String::from_utf8_lossy(&response.body).trim().to_owned(),
        Outcome::Failed { message, .. } => format!("failed: {message}"),
        other => format!("{other:?}"),
    };
    assert_eq!(found, expected, "{body}");
    assert_eq!(lines, said, "{body}");
}

#[test]
fn rows_come_as_they_are_needed() {
    check(
        "rows = store.select(table.note, {}).value\nreturn [type(rows), bool(rows)] + [r.n for r in rows]",
        r#"["rows_cursor iterator",true,0,1,2]"#,
        &[r#"select ["note",{}]"#, "fetch 7", "fetch 7"],
    );
    check(
        "for r in store.select(table.note, {}).value:\n  return [type(r), r._id, r.n]",
        r#"["note",0,0]"#,
        &[r#"select ["note",{}]"#, "close 7"],
    );
    check(
        "for r in store.select(table.note, {}).value:\n  fail('inside')",
        "failed: fail: inside",
        &[r#"select ["note",{}]"#, "close 7"],
    );
    check(
        "rows = store.select(table.note, {}).value\nfor r in rows:\n  break\nreturn list(rows)",
        "failed: rows_cursor iterator can be iterated only once; keep its rows in a list",
        &[r#"select ["note",{}]"#, "close 7"],
    );
    check(
        "rows = store.select(table.note, {}).value\nreturn 1",
        "failed: resource has not be closed, check handler code: store.in:rows_cursor_1",
        &[r#"select ["note",{}]"#],
    );
    check(
        "a = store.commit()\nb = store.commit()\nrows = [r.n for r in store.select(table.note, {}).value]\nstore.commit()\nreturn rows",
        "failed: the rows broke",
        &["commit []", "commit []", r#"select ["note",{}]"#, "fetch 7"],
    );
    for wrong in ["len(rows)", "rows[0]"] {
        let (outcome, _) = run(
            &format!(
                "def handler(req):\n  rows = store.select('note', {{}}).value\n  return {wrong}"
            ),
            "ace.api('/')",
        );
        assert!(matches!(outcome, Outcome::Failed { .. }), "{wrong}");
    }
    check(
        "return [store.select(table.note, {}).value]",
        "failed: unrecognized starlark type: rows_cursor iterator",
        &[r#"select ["note",{}]"#],
    );
    check(
        "return store.insert('note', store.select('note', {}).value)",
        "failed: store.in.insert argument 1: cannot pass value of type rows_cursor iterator to a plugin",
        &[r#"select ["note",{}]"#],
    );
}

#[test]
fn documents_and_bytes_cross_the_wall() {
    check(
        "d = store.select_one(table.note, {}).value\nd.n += 1\nstore.update(table.note, d)\nreturn [d.n, type(d.n)]",
        r#"[6,"float"]"#,
        &[
            r#"select_one ["note",{}]"#,
            r#"update ["note",{"$entry":{"type":"note","fields":{"_id":5,"n":6.0}}}]"#,
        ],
    );
    let entry = r#"{"_created_at":0,"_created_by":"","_id":0,"_updated_at":0,"_updated_by":"","_version":0,"n":"#;
    check(
        "store.insert(table.note, doc.note({'a': [b'\\xff']}))",
        "null",
        &[&ordered(&format!(
            r#"insert ["note",{{"$entry":{{"type":"note","fields":{entry}{{"a":[{{"$bytes":"/w=="}}]}}}}}}}}]"#
        ))],
    );
    check(
        "store.count('x', [store.select_one('note', 1).value])",
        "null",
        &[
            r#"select_one ["note",1]"#,
            r#"count ["x",[{"_id":5,"n":5.0}]]"#,
        ],
    );
    check(
        "v = store.count('note', None).value\nreturn [v['b'], type(v['b']), v['n']]",
        r#"["/w==","bytes",1]"#,
        &[r#"count ["note",null]"#],
    );
}

/// The fields of a document in the order it has them.
fn ordered(line: &str) -> String {
    let fields =
        r#""_id":0,"_version":0,"_created_by":"","_updated_by":"","_created_at":0,"_updated_at":0"#;
    let sorted =
        r#""_created_at":0,"_created_by":"","_id":0,"_updated_at":0,"_updated_by":"","_version":0"#;
    let keeps_order = json!({"b": 1, "a": 2}).to_string().starts_with("{\"b\"");
    match keeps_order {
        true => line.replace(sorted, fields),
        false => line.to_owned(),
    }
}

#[test]
fn failures_wait_until_they_are_looked_at() {
    check(
        "store.delete('note', {})\nreturn 1",
        "failed: no",
        &[r#"delete ["note",{}]"#],
    );
    check(
        "r = store.delete('note', {})\nreturn [r.error_code, r.error, bool(r), store.commit().value]",
        r#"[3,"no",false,null]"#,
        &[r#"delete ["note",{}]"#, "commit []"],
    );
    check(
        "r = store.delete('note', {})\nif not r:\n  return r",
        r#"{"error":"no","error_code":3,"is_stream":false,"value":null}"#,
        &[r#"delete ["note",{}]"#],
    );
}

fn streamed(handler: &str, route: &str) -> (Rendering, String) {
    match run(handler, route).0 {
        Outcome::Stream {
            head,
            stream: 9,
            render,
        } => {
            assert!(head.body.is_empty() && head.status == 200);
            let vary = head.headers.iter().filter(|(name, _)| name == "Vary");
            assert_eq!(vary.count(), 2);
            let kind = head.headers.iter().find(|(name, _)| name == "Content-Type");
            (render, kind.unwrap().1.clone())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_returned_stream_is_sent_item_by_item() {
    let begin = "handler = lambda req: store.begin()";
    let template = |name: &str| Rendering::Template { name: name.into() };
    let html = "text/html; charset=utf-8".to_owned();
    assert_eq!(
        streamed(begin, "ace.api('/')"),
        (Rendering::Json, "application/json".into())
    );
    assert_eq!(
        streamed(begin, "ace.api('/', type='TEXT')"),
        (Rendering::Text, "text/plain".into())
    );
    assert_eq!(
        streamed(begin, "ace.html('/', partial='part')"),
        (template("part"), html.clone())
    );
    assert_eq!(
        streamed(begin, "ace.html('/')"),
        (template("index_gen.go.html"), html.clone())
    );
    assert_eq!(
        streamed(begin, "ace.html('/', full='-')"),
        (Rendering::Text, html)
    );
    check(
        "r = store.begin()\nreturn [r.is_stream, bool(r), r.error]",
        "[true,true,null]",
        &["begin []"],
    );
    check(
        "return store.begin().value",
        "failed: stream value cannot be accessed in Starlark, return the response object instead",
        &["begin []"],
    );
    check("return {'is_stream': True}", r#"{"is_stream":true}"#, &[]);
}

#[test]
fn items_look_as_their_route_says() {
    let code = code("", "ace.html('/', partial='part')");
    let check = |render: Rendering, item: Json, expected: &str| {
        assert_eq!(
            code.item(&render, &item, Timestamp::UNIX_EPOCH),
            Ok(expected.into())
        );
    };
    let item = json!({"n": "<x>"});
    check(Rendering::Json, item.clone(), "{\"n\":\"<x>\"}\n");
    check(Rendering::Text, item.clone(), "map[n:<x>]\n");
    check(Rendering::Text, json!("a \"b\""), "a \"b\"\n");
    check(
        Rendering::Template {
            name: "part".into(),
        },
        item,
        "[&lt;x&gt;]\n",
    );
    let missing = Rendering::Template {
        name: "nope".into(),
    };
    assert!(
        code.item(&missing, &json!(1), Timestamp::UNIX_EPOCH)
            .is_err()
    );
}

#[test]
fn pages_see_values_with_their_types() {
    let check = |data: &str, expected: &str| {
        let handler = format!("handler = lambda req: [{data}, None]");
        let page = match run(&handler, "ace.html('/', full='types')").0 {
            Outcome::Response(response) => String::from_utf8(response.body.to_vec()).unwrap(),
            other => format!("{other:?}"),
        };
        let page = page.trim_end_matches(", ").trim_end_matches("&lt;nil&gt; ");
        assert_eq!(page.trim_end_matches(", "), expected, "{data}");
    };
    check("1, 2.0", "int 1, float64 2");
    check("'x', b'hi', True", "string x, []uint8 [104 105], bool true");
    check("[1, 2], (1, 'a')", "[]int [1 2], []interface {} [1 a]");
    check("['a'], []", "[]string [a], []interface {} []");
    check("{'a': 1, 2: 'b'}", "map[string]interface {} map[2:b a:1]");
    check("float('nan')", "float64 NaN");
    check(
        "store.select_one('note', 1).value.n, store.delete('note', {}).error",
        "float64 5, string no",
    );
    check(
        "store.select_one('note', 1)",
        "map[string]interface {} map[error:&lt;nil&gt; error_code:0 is_stream:false value:map[_id:5 n:5]]",
    );
    check(
        "1 << 70",
        "Failed { message: \"int value is out of the range of 64 bits\", place: \"\" }",
    );
}
