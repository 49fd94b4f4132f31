//! How answers of apps leave: whole or in pieces, small, guarded, to those who may read them, and only so much.

use serde_json::Value;

use crate::harness::{CONFIG, DEV, OPS, Server};
use crate::http::{Ask, Reply};
use crate::listener::{Listener, is_whole};

/// `GATE` is a file that opens the second half of `/few`.
const APP: &str = r#"
load("exec.in", "exec")
load("fs.in", "fs")

def lines(req):
    return exec.run("sh", ["-c", "echo first; exec sleep 1000"], stream=True)

def few(req):
    return exec.run("sh", ["-c", "echo first; while [ ! -e GATE ]; do sleep 0.05; done; echo second"], stream=True)

def offer(req):
    made = exec.run("echo", ["for you"], stdout_file=True).value
    return fs.serve_tmp_file(made, name="your \"file\".txt", mime_type="text/plain").value

def share(req):
    made = exec.run("echo", ["for all"], stdout_file=True).value
    return fs.serve_tmp_file(made, visibility="app", single_access=False).value

def spin(req):
    n = 0
    for i in range(100000000):
        n += i
    return n

def large(req):
    return "text " * 2000

app = ace.app("Edge", routes=[
    ace.api("/", handler=lambda req: {"method": req.Method}),
    ace.api("/change", method="POST", handler=lambda req: {"form": req.Form}),
    ace.api("/lines", type="TEXT", handler=lines),
    ace.api("/few", type="TEXT", handler=few),
    ace.api("/large", type="TEXT", handler=large),
    ace.api("/small", type="TEXT", handler=lambda req: "small"),
    ace.api("/spin", type="TEXT", handler=spin),
    ace.api("/offer", handler=offer),
    ace.api("/share", handler=share),
], permissions=[
    ace.permission("exec.in", "run", ["sh"]),
    ace.permission("exec.in", "run", ["echo"]),
    ace.permission("fs.in", "serve_tmp_file"),
])
"#;

fn server(config: &str) -> Server {
    let server = Server::configured(&format!("{CONFIG}\n{config}"));
    let long = "p { margin: 0 }\n".repeat(500);
    let gate = server.home().join("open");
    let app = APP.replace("GATE", gate.to_str().unwrap());
    let files = [
        ("app.star", app.as_str()),
        ("static/long.css", &long),
        ("static/css/a.css", "body { color: red }"),
        ("static_root/robots.txt", "User-agent: *"),
    ];
    server.approved("/edge", &files);
    server.cli(&["set", "add", "exec-allowed", "/edge"]).ok();
    server
}

fn dev(ask: Ask) -> Ask {
    ask.basic(DEV.0, DEV.1)
}

/// The last access to a route that was allowed.
#[track_caller]
fn allowed_access(server: &Server, route: &str) -> Value {
    let mut accesses = server.decisions("app.access").into_iter().rev();
    let found =
        accesses.find(|record| record["decision"] == "allow" && record["http"]["route"] == route);
    found.unwrap_or_else(|| panic!("no access to {route}"))
}

#[track_caller]
fn outcome(server: &Server, route: &str) -> Value {
    server.outcome(&allowed_access(server, route))
}

#[test]
fn a_stream_arrives_piece_by_piece_and_its_record_closes_at_the_end() {
    let server = server("");
    let mut stream = Listener::get(&server, "/edge/few");
    let head = stream.head();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    stream.hears("first");
    let decided = allowed_access(&server, "/few");
    assert!(server.shown(&decided)["outcome"].is_null());
    std::fs::write(server.home().join("open"), "").unwrap();
    assert!(is_whole(&stream.rest()));
    let outcome = server.outcome(&decided);
    assert_eq!(outcome["status"], "success", "{outcome}");
    assert!(outcome["bytes"].as_u64().unwrap() >= 13, "{outcome}");
}

#[test]
fn a_client_that_leaves_closes_the_record_as_abandoned() {
    let server = server("");
    let mut stream = Listener::get(&server, "/edge/lines");
    stream.hears("first");
    drop(stream);
    assert_eq!(outcome(&server, "/lines")["status"], "abandoned");
}

#[test]
fn a_stream_ends_when_policy_says_no() {
    let server = server("");
    let mut stream = Listener::get(&server, "/edge/lines");
    stream.hears("first");
    server.forbid("app.access", "closed");
    let ended = stream.rest();
    assert!(!is_whole(&ended), "not as if it were whole: {ended}");
    let outcome = outcome(&server, "/lines");
    assert_eq!(
        (&outcome["status"], &outcome["error_class"]),
        (&"failure".into(), &"revoked".into()),
        "{outcome}"
    );
    let denied = server.last("app.access");
    assert_eq!(denied["decision"], "deny");
    assert_eq!(denied["reasons"][0], "g.closed", "{denied}");
    assert!(!denied["parent"].is_null(), "{denied}");
}

#[test]
fn a_stream_ends_with_the_account() {
    let server = server("");
    let mut stream = Listener::get(&server, "/edge/lines");
    stream.hears("first");
    server.cli(&["user", "delete", "dev", "--yes"]).ok();
    stream.rest();
    assert_eq!(outcome(&server, "/lines")["error_class"], "revoked");
    let left = server.records();
    let ended = left
        .iter()
        .find(|record| record["reasons"][0] == "r.session-ended");
    assert_eq!(ended.unwrap()["decision"], "deny");
}

#[test]
fn answers_shrink_for_clients_that_take_it() {
    let server = server("[apps.edge.\"/plain\"]\ncompression = false\n");
    let with = |target: &str, coding: &str| {
        server.send(&dev(Ask::get(target)).header("Accept-Encoding", coding))
    };
    let plain = with("/edge/large", "identity");
    assert_eq!(plain.body.len(), 10_000);
    let varies = |(key, value): &(String, String)| key == "vary" && value == "accept-encoding";
    assert!(plain.headers.iter().any(varies), "{plain:?}");
    for (asked, coding) in [("gzip, br", "br"), ("gzip;q=1, br;q=0.5", "gzip")] {
        let reply = with("/edge/large", asked);
        assert_eq!(reply.header("content-encoding"), Some(coding));
        let length: usize = reply.header("content-length").unwrap().parse().unwrap();
        assert!(length < 500, "{length}");
        assert_eq!(outcome(&server, "/large")["bytes"], length);
    }
    assert_eq!(with("/edge/small", "br").header("content-encoding"), None);
    assert_eq!(
        with("/edge/static/long.css", "br").header("content-encoding"),
        Some("br")
    );
    assert_eq!(
        with("/edge/static/css/a.css", "br").header("content-encoding"),
        None
    );
    let own =
        server.send(&Ask::get("/_sallyport/asset/sallyport.css").header("Accept-Encoding", "br"));
    assert_eq!((own.status, own.header("content-encoding")), (200, None));
    server.approved("/plain", crate::front::HELLO);
    assert_eq!(with("/plain/", "br").header("content-encoding"), None);
}

#[test]
fn files_answer_every_question_a_browser_has() {
    let server = server("[apps]\nstatic_root_cache_control = \"public, max-age=60\"\n");
    let css = |headers: &[(&str, &str)]| {
        let ask = dev(Ask::get("/edge/static/css/a.css"));
        let ask = headers
            .iter()
            .fold(ask, |ask, (name, value)| ask.header(name, value));
        server.send(&ask)
    };
    let whole = css(&[]);
    assert_eq!(
        whole.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    let tag = whole.header("etag").unwrap();
    assert_eq!(css(&[("If-None-Match", tag)]).status, 304);
    let part = css(&[("Range", "bytes=0-3"), ("If-Range", tag)]);
    assert_eq!((part.status, part.body.as_str()), (206, "body"));
    assert_eq!(
        css(&[("Range", "bytes=0-3"), ("If-Range", "\"x\"")]).status,
        200
    );
    assert_eq!(css(&[("Range", "bytes=99-")]).status, 416);
    let parts = css(&[("Range", "bytes=0-3,7-11")]);
    assert!(
        parts
            .header("content-type")
            .unwrap()
            .starts_with("multipart/byteranges")
    );
    let hash = tag.trim_matches('"');
    let named = server.get(&format!("/edge/static/css/a-{hash}.css"));
    assert!(named.header("cache-control").unwrap().contains("immutable"));
    let stale = format!(
        "/edge/static/css/a-{}.css",
        hash.replace(|_: char| true, "0")
    );
    assert_eq!(server.get(&stale).status, 404);
    assert_eq!(server.get("/edge/static/css").status, 403);
    let root = server.get("/edge/robots.txt");
    assert_eq!(root.header("cache-control"), Some("public, max-age=60"));
    let head = server.send(&dev(Ask::new("HEAD", "/edge/static/css/a.css")));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some("19"));
    let posted = server.send(&dev(Ask::new("POST", "/edge/static/css/a.css")));
    assert_eq!(posted.status, 405);
    assert_eq!(server.last("app.access")["http"]["route"], "/static/*");
}

#[test]
fn apps_of_files_only_show_files_only() {
    let server = Server::start();
    let files = |settings: &str| {
        let app = format!("app = ace.app(\"Files\", static_only=True, {settings})\n");
        [
            ("app.star", app),
            ("start.html", "<p>start</p>".to_owned()),
            ("doc/index.html", "<p>doc</p>".to_owned()),
        ]
    };
    let install = |path: &str, settings: &str| {
        server.approved(path, &files(settings));
    };
    install("/many", "index=\"start.html\"");
    install("/one", "index=\"start.html\", single_file=True");
    let check = |method: &str, path: &str, status: u16, body: &str| {
        let reply = server.send(&dev(Ask::new(method, path)));
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (status, body),
            "{method} {path}"
        );
        assert_eq!(server.last("app.access")["http"]["route"], "/*", "{path}");
    };
    check("GET", "/many/", 200, "<p>start</p>");
    check("GET", "/many/doc/", 200, "<p>doc</p>");
    check("GET", "/many/doc/index.html", 200, "<p>doc</p>");
    check("GET", "/many/app.star", 404, "404 page not found\n");
    check("POST", "/many/start.html", 405, "");
    check("GET", "/one/", 200, "<p>start</p>");
    check("GET", "/one/doc/index.html", 404, "404 page not found\n");
}

#[test]
fn head_runs_the_handler_of_get_and_options_lists_methods() {
    let server = server("");
    let head = server.send(&dev(Ask::new("HEAD", "/edge/small")));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let record = server.last("app.access");
    assert_eq!(
        (&record["http"]["method"], &record["http"]["route"]),
        (&"HEAD".into(), &"/small".into())
    );
    let streamed = server.send(&dev(Ask::new("HEAD", "/edge/lines")));
    assert_eq!((streamed.status, streamed.body.as_str()), (200, ""));
    assert_eq!(outcome(&server, "/lines")["status"], "success");
    let options = server.send(&dev(Ask::new("OPTIONS", "/edge/change")));
    assert_eq!(
        (options.status, options.header("allow")),
        (204, Some("POST, OPTIONS"))
    );
    let wrong = server.send(&dev(Ask::get("/edge/change")));
    assert_eq!(
        (wrong.status, wrong.header("allow")),
        (405, Some("POST, OPTIONS"))
    );
    let (traced, denied) = server.refused(&dev(Ask::new("TRACE", "/edge/")));
    assert_eq!(
        (traced.status, &denied["reasons"][0]),
        (405, &"r.method".into())
    );
}

#[test]
fn security_headers_follow_the_level() {
    let server = server("[apps.edge.\"/edge\"]\nheaders_level = 7\n");
    server.approved("/hello", crate::front::HELLO);
    let strict = server.get("/edge/");
    assert_eq!(strict.header("x-frame-options"), Some("DENY"));
    assert_eq!(
        strict.header("cross-origin-opener-policy"),
        Some("same-origin")
    );
    assert_eq!(strict.header("content-security-policy"), None);
    let usual = server.get("/hello/");
    assert_eq!(usual.header("x-frame-options"), Some("SAMEORIGIN"));
    assert_eq!(usual.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(usual.header("strict-transport-security"), None);
}

const PORTAL: &str = "https://portal.example";

fn from(origin: &str, ask: Ask) -> Ask {
    ask.header("Origin", origin)
        .header("Sec-Fetch-Site", "cross-site")
}

fn preflight(origin: &str, method: &str) -> Ask {
    from(origin, Ask::new("OPTIONS", "/edge/change"))
        .header("Access-Control-Request-Method", method)
}

fn allowed(reply: &Reply) -> Option<&str> {
    reply.header("access-control-allow-origin")
}

#[test]
fn nobody_reads_across_origins_unless_operators_say_so() {
    let server = server("");
    assert_eq!(
        allowed(&server.send(&from(PORTAL, dev(Ask::get("/edge/"))))),
        None
    );
    let (reply, denied) = server.refused(&preflight(PORTAL, "POST"));
    assert_eq!((reply.status, allowed(&reply)), (401, None));
    assert_eq!(denied["action"], "app.access");
    let post = || Ask::post("/edge/change", "a=b");
    let (reply, denied) = server.refused(&from(PORTAL, dev(post())));
    assert_eq!(
        (reply.status, &denied["reasons"][0]),
        (403, &"r.cross-origin".into())
    );
    let same_site = dev(post()).header("Sec-Fetch-Site", "same-site");
    assert_eq!(server.refused(&same_site).0.status, 403);
}

#[test]
fn named_origins_read_and_ask_first() {
    let server = server(&format!(
        "[cors]\nallow_origins = [\"{PORTAL}\"]\nallow_credentials = true\n"
    ));
    let read = server.send(&from(PORTAL, dev(Ask::get("/edge/"))));
    assert_eq!((read.status, allowed(&read)), (200, Some(PORTAL)));
    assert_eq!(
        read.header("access-control-allow-credentials"),
        Some("true")
    );
    let other = server.send(&from("https://evil.example", dev(Ask::get("/edge/"))));
    assert_eq!((other.status, allowed(&other)), (200, None));
    let asked = server.send(&preflight(PORTAL, "POST"));
    assert_eq!((asked.status, allowed(&asked)), (204, Some(PORTAL)));
    assert!(
        asked
            .header("access-control-allow-methods")
            .unwrap()
            .contains("POST")
    );
    let record = server.last("gateway.page");
    assert_eq!(
        (&record["decision"], &record["http"]["route"]),
        (&"allow".into(), &"preflight".into())
    );
    let (refused, denied) = server.refused(&preflight("https://evil.example", "POST"));
    assert_eq!((refused.status, allowed(&refused)), (403, None));
    assert_eq!(denied["reasons"][0], "r.cors");
    assert_eq!(
        server
            .send(&from(PORTAL, dev(Ask::post("/edge/change", "a=b"))))
            .status,
        200
    );
    let evil = from(
        "https://evil.example",
        dev(Ask::post("/edge/change", "a=b")),
    );
    assert_eq!(server.refused(&evil).0.status, 403);
}

#[test]
fn an_app_can_be_opened_to_changes_by_operators_only() {
    let server = server("[apps.edge.\"/edge\"]\nrefuse_cross_origin = false\n");
    server.approved("/hello", crate::front::HELLO);
    let post = |target: &str| from(PORTAL, dev(Ask::post(target, "a=b")));
    assert_eq!(server.send(&post("/edge/change")).status, 200);
    assert_eq!(server.refused(&post("/hello/form")).0.status, 403);
}

#[test]
fn limits_of_one_app_hold_for_it_alone() {
    let server = server(
        "[apps.limits.\"/edge\"]\nrequest_body = 10\nhandler_ms = 300\nresponse_body = 2000\n",
    );
    server.approved("/hello", crate::front::HELLO);
    let long = "a=".to_owned() + &"b".repeat(20);
    let (reply, denied) = server.refused(&dev(Ask::post("/edge/change", &long)));
    assert_eq!(
        (reply.status, &denied["reasons"][0]),
        (413, &"r.body-too-large".into())
    );
    assert_eq!(
        server.send(&dev(Ask::post("/edge/change", "a=b"))).status,
        200
    );
    assert_eq!(
        server.send(&dev(Ask::post("/hello/form", &long))).status,
        200
    );
    let slow = server.get("/edge/spin");
    assert!(matches!(slow.status, 500 | 503), "{slow:?}");
    assert_eq!(outcome(&server, "/spin")["status"], "failure");
    let large = server.get("/edge/large");
    assert!(matches!(large.status, 500 | 503), "{large:?}");
    assert_eq!(outcome(&server, "/large")["status"], "failure");
}

#[test]
fn offered_files_go_to_whom_they_are_for_and_only_once() {
    let server = server("");
    let offered = server.get("/edge/offer").json();
    let url = offered["url"]
        .as_str()
        .unwrap_or_else(|| panic!("{offered}"));
    let (other, denied) = server.refused(&Ask::get(url).basic(OPS.0, OPS.1));
    assert_eq!(
        (other.status, &denied["reasons"][0]),
        (404, &"r.file-of-another".into())
    );
    assert_eq!(server.send(&dev(Ask::new("HEAD", url))).status, 405);
    let mine = server.get(url);
    assert_eq!(
        (mine.status, mine.body.as_str()),
        (200, "for you\n"),
        "{mine:?}"
    );
    assert_eq!(mine.header("content-type"), Some("text/plain"));
    let disposition = mine.header("content-disposition").unwrap();
    assert!(
        disposition.starts_with("attachment; filename=\"your _file_.txt\""),
        "{disposition}"
    );
    assert_eq!(mine.header("cache-control"), Some("private, no-store"));
    assert_eq!(outcome(&server, "/_openrun_app/file/{file_id}")["bytes"], 8);
    assert_eq!(server.get(url).status, 404, "once");
    assert_eq!(
        server.get("/edge/_openrun_app/file/usr_file_guess").status,
        404
    );
    assert_eq!(server.get("/edge/_openrun_app/verify_file/x").status, 404);
}

#[test]
fn offered_files_outlive_a_restart() {
    let mut server = server("");
    let url = server.get("/edge/share").json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    server.restart();
    for _ in 0..2 {
        let reply = server.send(&Ask::get(&url).basic(OPS.0, OPS.1));
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (200, "for all\n"),
            "{reply:?}"
        );
    }
}

#[test]
fn health_is_where_other_probes_look() {
    let server = Server::start();
    let reply = server.send(&Ask::get("/_openrun/health"));
    assert_eq!((reply.status, reply.body.as_str()), (200, "OK\n"));
    assert_eq!(server.last("gateway.page")["http"]["route"], "health");
    assert_eq!(server.send(&Ask::get("/_openrun/else")).status, 404);
}
