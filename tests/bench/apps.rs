//! Pages of apps beside the same pages written in Go (`net/http`, `html/template`, SQLite), in the same run: JSON, a
//! table of 1 000 rows, a page of a query. The gateway decides, records and runs sandboxed code for each; the Go program
//! only answers. Needs `wrk` and, for the comparison, `go`.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark starts its peers and stops when it cannot"
)]

mod stage;
mod started;

use std::path::Path;
use std::process::Command;

use stage::{fetch, gateway, load};
use started::{Started, listening};

const APP: &str = r#"
load("store.in", "store")

ROWS = [{"id": i, "name": "row <%d>" % i, "size": i * 7, "tags": ["a", "b"]} for i in range(1000)]

def filled(req):
    for i in range(200):
        store.insert(table.item, doc.item(name="item %d" % i, size=i % 10))
    return "filled"

def query(req):
    return {"Rows": [row for row in store.select(table.item, {"size": 3}, sort=["name"], limit=20).value]}

app = ace.app("Bench", custom_layout=True, routes=[
    ace.api("/json", handler=lambda req: {"name": "x", "values": [1, 2, 3], "nested": {"a": True}}),
    ace.html("/table", handler=lambda req: {"Rows": ROWS}),
    ace.html("/query", full="query.go.html", handler=query),
    ace.api("/fill", handler=filled, method="POST"),
], permissions=[ace.permission("store.in", "insert"), ace.permission("store.in", "select")])
"#;
const SCHEMA: &str = r#"type("item", fields=[field("name", STRING), field("size", INT)], indexes=[index(["size"])])"#;
const TABLE: &str = include_str!("peer/table.html");
const QUERY: &str = include_str!("peer/query.html");

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("app.star", APP),
        ("schema.star", SCHEMA),
        ("index.go.html", TABLE),
        ("query.go.html", QUERY),
    ];
    let gateway = gateway(folder.path(), &files);
    fill(&gateway.url);
    let peer = peer(folder.path());
    if peer.is_none() {
        eprintln!("go is not there or cannot build the peer; only the gateway is measured");
    }
    stage::head();
    for page in ["json", "table", "query"] {
        let ours = format!("{}/bench/{page}", gateway.url);
        load(&format!("gateway, {page}"), &ours);
        let Some(peer) = &peer else { continue };
        let theirs = format!("{}/{page}", peer.url);
        assert_eq!(
            fetch(&ours).trim_end(),
            fetch(&theirs).trim_end(),
            "the same {page}"
        );
        load(&format!("go, {page}"), &theirs);
    }
}

fn fill(url: &str) {
    let done = Command::new("curl")
        .args(["-sf", "-X", "POST", "-H", &stage::credentials()])
        .arg(format!("{url}/bench/fill"))
        .output()
        .expect("curl");
    assert!(done.status.success(), "the store is filled");
}

/// The same pages in Go.
fn peer(folder: &Path) -> Option<Started> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peer");
    let program = folder.join("peer");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg(".")
        .current_dir(source)
        .status();
    let built = built.is_ok_and(|status| status.success());
    built.then(|| listening(Command::new(program).arg(folder.join("peer.db"))))
}
