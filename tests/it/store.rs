//! An app that keeps documents, through the real server, on each kind of database: what it gets, and what
//! the log says about every call.

#[path = "../../sandbox/store/tests/it/server.rs"]
mod postgres;

use serde_json::{Value, json};

use crate::harness::{CONFIG, DEV, Server};
use crate::http::{Ask, Reply};
use postgres::Postgres;

const SCHEMA: &str = r#"
type("note", fields=[field("title", STRING), field("rank", INT)], indexes=[index(["title"], unique=True)])
type("log", fields=[field("text", STRING)])
"#;

const APP: &str = r#"
load("store.in", "store")

def title(req):
    return req.Query["title"][0]

def add(req):
    made = store.insert(table.note, doc.note(title(req), int(req.Query.get("rank", ["1"])[0])))
    if made.error:
        return {"error": made.error}
    return {"id": made.value}

def get(req):
    note = store.select_one(table.note, {"title": title(req)}).value
    return {"kind": type(note), "title": note.title, "rank": note.rank, "id": note._id, "by": note._created_by}

def raise_rank(req):
    note = store.select_one(table.note, {"title": title(req)}).value
    note.rank = note.rank + 1
    return {"rows": store.update(table.note, note).value}

def remove(req):
    return {"rows": store.delete(table.note, {"title": title(req)}).value}

def remove_by_id(req):
    return {"rows": store.delete_by_id(table.note, int(title(req))).value}

def count(req):
    return {"count": store.count(table.note, {}).value}

def many(req):
    start = int(title(req))
    store.begin()
    for number in range(start, start + 60):
        store.insert(table.note, doc.note("many %d" % number, number))
    store.commit()
    return {}

def total(req):
    total = 0
    first = ""
    for note in store.select(table.note, {"rank": {"$gte": 100}}, sort=["rank:desc"]).value:
        if not first:
            first = note.title
        total = total + note.rank
    return {"total": total, "first": first}

def left_early(req):
    for note in store.select(table.note, {}).value:
        return {"found": store.select_by_id(table.note, note._id).value.title}
    return {"found": None}

def leaks(req):
    rows = store.select(table.note, {}).value
    return {"fine": True}

def fails(req):
    store.begin()
    store.insert(table.note, doc.note(title(req), 1))
    fail("no further")

def forgets(req):
    store.begin()
    store.insert(table.note, doc.note(title(req), 1))
    return {"inside": store.count(table.note, {"title": title(req)}).value}

def undoes(req):
    store.begin()
    store.insert(table.note, doc.note(title(req), 1))
    store.rollback()
    return {"count": store.count(table.note, {"title": title(req)}).value}

def wrong(req):
    return {"error": store.count(table.note, {"$gt": 1}).error}

def writes_log(req):
    return {"id": store.insert(table.log, doc.log("x")).value}

app = ace.app("Notes", routes=[
    ace.api("/add", handler=add), ace.api("/get", handler=get), ace.api("/raise", handler=raise_rank),
    ace.api("/remove", handler=remove), ace.api("/remove_by_id", handler=remove_by_id),
    ace.api("/count", handler=count), ace.api("/many", handler=many), ace.api("/total", handler=total), ace.api("/left_early", handler=left_early),
    ace.api("/leaks", handler=leaks), ace.api("/fails", handler=fails), ace.api("/forgets", handler=forgets),
    ace.api("/undoes", handler=undoes), ace.api("/wrong", handler=wrong), ace.api("/log", handler=writes_log),
], permissions=[PERMISSIONS])
"#;

const ALL: &[&str] = &[
    "begin",
    "commit",
    "rollback",
    "insert",
    "select_by_id",
    "select_one",
    "select",
    "count",
    "update",
    "delete_by_id",
    "delete",
];

fn permissions(names: &[&str]) -> String {
    let one = |name: &&str| format!("ace.permission(\"store.in\", \"{name}\")");
    names.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn files(permissions: &str) -> [(&'static str, String); 2] {
    let app = APP.replace("PERMISSIONS", permissions);
    [("app.star", app), ("schema.star", SCHEMA.to_owned())]
}

/// A server with the app at `/notes`, approved; on each kind of database.
fn each(permissions: &str, test: impl Fn(Server)) {
    for connection in [None, Some(Postgres::shared().address())] {
        let block = connection.map(|connection| {
            format!("\n[plugin.\"store.in\"]\ndb_connection = \"{connection}\"\n")
        });
        let server = Server::configured(&format!("{CONFIG}{}", block.unwrap_or_default()));
        server.approved("/notes", &files(permissions));
        test(server);
    }
}

/// 300 notes.
fn many(server: &Server) {
    for start in 0..5 {
        answer(server, &format!("many?title={}", start * 60));
    }
}

#[track_caller]
fn answer(server: &Server, target: &str) -> Value {
    let reply = server.get(&format!("/notes/{target}"));
    assert_eq!(reply.status, 200, "{target}: {reply:?}");
    reply.json()
}

fn failed(server: &Server, target: &str) -> Reply {
    let reply = server.get(&format!("/notes/{target}"));
    assert_eq!(reply.status, 500, "{target}: {reply:?}");
    reply
}

/// The last decision on one function of the store; it was made for the app and is about this table.
#[track_caller]
fn recorded(server: &Server, function: &str, table: Option<&str>) -> Value {
    let record = server.last(&format!("store.in.{function}"));
    assert_eq!(record["decision"], "allow", "{record}");
    assert_eq!(record["principal"]["type"], "AppInstance", "{record}");
    let resource = &record["resource"];
    assert_eq!(
        resource["type"],
        if table.is_some() { "Table" } else { "Store" },
        "{record}"
    );
    let end = table.map_or("/default".to_owned(), |table| format!("/default/{table}"));
    assert!(resource["id"].as_str().unwrap().ends_with(&end), "{record}");
    record
}

#[test]
fn documents_are_kept_and_every_call_is_recorded() {
    each(&permissions(ALL), |server| {
        assert_eq!(answer(&server, "add?title=a&rank=3"), json!({"id": 1}));
        recorded(&server, "insert", Some("note"));
        let note = answer(&server, "get?title=a");
        assert_eq!(
            (&note["kind"], &note["rank"], &note["id"]),
            (&json!("note"), &json!(3), &json!(1))
        );
        let by = note["by"].as_str().unwrap().to_owned();
        assert!(!by.is_empty() && by != "admin", "{note}");
        recorded(&server, "select_one", Some("note"));
        assert_eq!(answer(&server, "raise?title=a"), json!({"rows": 1}));
        recorded(&server, "update", Some("note"));
        assert_eq!(answer(&server, "get?title=a")["rank"], 4);
        let taken = answer(&server, "add?title=a");
        assert_eq!(
            taken["error"],
            "UNIQUE constraint failed: table \"note\" already has an entry with the same title (index on title)"
        );
        let wrong = answer(&server, "wrong");
        assert_eq!(
            wrong["error"],
            "operator $gt supported for field conditions only: 1"
        );
        assert_eq!(answer(&server, "count"), json!({"count": 1}));
        recorded(&server, "count", Some("note"));
        assert_eq!(answer(&server, "left_early"), json!({"found": "a"}));
        recorded(&server, "select", Some("note"));
        recorded(&server, "select_by_id", Some("note"));
        assert_eq!(answer(&server, "remove_by_id?title=1"), json!({"rows": 1}));
        recorded(&server, "delete_by_id", Some("note"));
        assert_eq!(answer(&server, "remove?title=a"), json!({"rows": 0}));
        recorded(&server, "delete", Some("note"));
    });
}

#[test]
fn long_results_come_in_batches() {
    each(&permissions(ALL), |server| {
        let total: i64 = (100..300).sum();
        many(&server);
        assert_eq!(
            answer(&server, "total"),
            json!({"total": total, "first": "many 299"})
        );
        recorded(&server, "begin", None);
        recorded(&server, "commit", None);
        assert_eq!(answer(&server, "count"), json!({"count": 300}));
        assert_eq!(answer(&server, "left_early")["found"], "many 0");
    });
}

#[test]
fn what_is_not_finished_is_undone() {
    each(&permissions(ALL), |server| {
        failed(&server, "fails?title=a");
        assert_eq!(answer(&server, "forgets?title=a"), json!({"inside": 1}));
        assert_eq!(answer(&server, "undoes?title=a"), json!({"count": 0}));
        recorded(&server, "rollback", None);
        assert_eq!(answer(&server, "count"), json!({"count": 0}));
    });
}

#[test]
fn a_result_that_nobody_reads_fails_the_request() {
    each(&permissions(ALL), |server| {
        many(&server);
        let reply = failed(&server, "leaks");
        let text = "resource has not be closed, check handler code: store.in:rows_cursor_";
        assert!(reply.body.starts_with(text), "{reply:?}");
        assert_eq!(
            answer(&server, "count"),
            json!({"count": 300}),
            "and nothing else"
        );
    });
}

#[test]
fn a_restart_keeps_what_is_there() {
    each(&permissions(ALL), |mut server| {
        answer(&server, "add?title=a");
        server.restart();
        assert_eq!(answer(&server, "get?title=a")["id"], 1);
        assert_eq!(answer(&server, "add?title=b"), json!({"id": 2}));
    });
}

#[test]
fn calls_without_approval_are_refused() {
    each(&permissions(&["select_one"]), |server| {
        for (target, action) in [
            ("add?title=a", "store.in.insert"),
            ("count", "store.in.count"),
            ("fails?title=a", "store.in.begin"),
            ("remove?title=a", "store.in.delete"),
        ] {
            let ask = Ask::get(&format!("/notes/{target}")).basic(DEV.0, DEV.1);
            let (reply, denied) = server.refused(&ask);
            assert_eq!(reply.status, 500, "{reply:?}");
            assert_eq!(denied["action"], action, "{denied}");
        }
    });
}

#[test]
fn a_permission_may_be_for_one_table() {
    each(
        "ace.permission(\"store.in\", \"insert\", [\"log\"]), ace.permission(\"store.in\", \"count\")",
        |server| {
            assert_eq!(answer(&server, "log"), json!({"id": 1}));
            recorded(&server, "insert", Some("log"));
            let (reply, denied) =
                server.refused(&Ask::get("/notes/add?title=a").basic(DEV.0, DEV.1));
            assert_eq!(reply.status, 500);
            assert!(
                denied["resource"]["id"]
                    .as_str()
                    .unwrap()
                    .ends_with("/note"),
                "{denied}"
            );
            assert_eq!(answer(&server, "count"), json!({"count": 0}));
        },
    );
}

#[test]
fn apps_do_not_share_tables() {
    each(&permissions(ALL), |server| {
        server.approved("/others", &files(&permissions(ALL)));
        answer(&server, "add?title=a");
        assert_eq!(server.get("/others/count").json(), json!({"count": 0}));
    });
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'db_%_note'";
    assert!(Postgres::shared().sql(tables).parse::<u64>().unwrap() >= 2);
}

#[test]
fn a_database_that_is_gone_is_an_error_without_its_address() {
    let block =
        "\n[plugin.\"store.in\"]\ndb_connection = \"postgres://who:knows@127.0.0.1:1/nowhere\"\n";
    let server = Server::configured(&format!("{CONFIG}{block}"));
    server.approved("/notes", &files(&permissions(ALL)));
    let answered = answer(&server, "add?title=a");
    assert_eq!(
        answered["error"],
        "the database of the store cannot be reached; an operator finds the reason in the log"
    );
    let said = std::fs::read_to_string(server.home().join("server.log")).unwrap();
    assert!(
        said.contains("127.0.0.1:1") && !said.contains("knows"),
        "{said}"
    );
    assert_eq!(
        recorded(&server, "insert", Some("note"))["decision"],
        "allow"
    );
}
