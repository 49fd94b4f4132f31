//! What operators change on disk counts while the server runs, also for connections and streams that are open, and for
//! TLS sessions that are taken up again.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::pki::{Authority, Wish, curl};
use super::{CN, Gate};
use crate::harness::{Server, eventually};
use crate::service::Service;

const EVENTS: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: one\n\n";

const LAST: &[u8] = b"GET /devices HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// An app behind a list that revokes nobody yet, and the certificates of ann (7) and bea (8).
fn listed(ca: &Authority) -> Gate {
    let holds_on = Service::start(|mut visit| {
        if visit.head.starts_with("GET /events ") {
            visit.answer(EVENTS);
            let _ = visit.reader.read(&mut [0]);
        } else {
            let head = visit.head.clone();
            visit.plain("Content-Type: text/plain\r\n", &head);
        }
    });
    let files = [("ca.pem", &*ca.pem), ("list.crl", &ca.revokes(&[]))];
    let section = format!("{CN}crl = [\"list.crl\"]\n");
    let gate = Gate::before(holds_on, &files, &[("devices", &section)]);
    gate.keep("ann", &ca.signs(&Wish::named("ann", 7)));
    gate.keep("bea", &ca.signs(&Wish::named("bea", 8)));
    gate
}

/// An event stream that is being read; ended when dropped.
struct Stream {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Stream {
    #[track_caller]
    fn open(server: &Server, shown: &Path, version: &str) -> Stream {
        let mut curl = curl(server.https, "localhost/devices/events", Some(shown));
        let curl = curl.args(["--max-time", "120", version]);
        let mut child = curl.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line, "data: one\n");
        Stream { child, lines }
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.lines.read_to_string(&mut String::new());
    }
}

/// A list that is replaced ends the streams of whom it revokes, and of nobody else; so does another authority.
#[test]
fn a_change_on_disk_ends_open_streams() {
    let (ca, other) = (Authority::new("Root"), Authority::new("Other"));
    let gate = listed(&ca);
    let [ann, bea] = ["ann.pem", "bea.pem"].map(|name| gate.home.path().join(name));
    let open = |shown: &Path| {
        ["--http1.1", "--http2"].map(|version| Stream::open(&gate.server, shown, version))
    };
    let (mut of_ann, mut of_bea) = (open(&ann), open(&bea));
    let ends = |streams: &mut [Stream; 2], holder: &str, (path, text): (&str, &str)| {
        let before = gate.server.newest();
        replace(gate.home.path(), path, text);
        eventually("the streams end", || {
            streams.iter_mut().all(Stream::has_ended)
        });
        for stream in streams {
            let status = stream.child.wait().unwrap();
            assert!(!status.success(), "it is not taken for whole: {status}");
        }
        eventually("each has left a denial", || {
            let records = gate.server.since(before);
            let denied = records.iter().filter(|record| {
                record["decision"] == "deny"
                    && super::reason(record) == "r.session-ended"
                    && record["principal"]["id"] == holder
            });
            denied.count() >= 2
        });
    };
    ends(&mut of_ann, "devices:ann", ("list.crl", &ca.revokes(&[7])));
    assert!(of_bea.iter_mut().all(|stream| !stream.has_ended()));
    let asks = || gate.get("/devices", Some(&ann), &[]).status;
    gate.refuses(asks, (401, "certificate-revoked"));
    gate.known("/devices", &bea, "devices:bea");
    ends(&mut of_bea, "devices:bea", ("ca.pem", &other.pem));
    let asks = || gate.get("/devices", Some(&bea), &[]).status;
    gate.refuses(asks, (401, "certificate-unknown"));
}

/// A file that cannot be read leaves in force what was.
#[test]
fn a_broken_file_opens_nothing() {
    let ca = Authority::new("Root");
    let gate = listed(&ca);
    let [ann, bea] = ["ann.pem", "bea.pem"].map(|name| gate.home.path().join(name));
    replace(gate.home.path(), "list.crl", &ca.revokes(&[7]));
    let status = |shown: &Path| gate.get("/devices", Some(shown), &[]).status;
    eventually("ann is revoked", || status(&ann) == 401);
    for (file, text) in [
        ("list.crl", ""),
        ("ca.pem", "broken\n"),
        ("list.crl", &ca.revokes(&[8])),
    ] {
        let log = || std::fs::read_to_string(gate.server.home().join("server.log")).unwrap();
        let said = || log().matches("stays in force").count();
        let before = said();
        replace(gate.home.path(), file, text);
        eventually("the server says that it cannot use it", || said() > before);
        let asks = || status(&ann);
        gate.refuses(asks, (401, "certificate-revoked"));
        gate.known("/devices", &bea, "devices:bea");
    }
    std::fs::remove_file(gate.home.path().join("list.crl")).unwrap();
    replace(gate.home.path(), "ca.pem", &ca.pem);
    gate.refuses(|| status(&ann), (401, "certificate-revoked"));
    replace(gate.home.path(), "list.crl", &ca.revokes(&[8]));
    eventually("bea is revoked", || status(&bea) == 401);
    gate.known("/devices", &ann, "devices:ann");
}

/// A connection that stays open proves no more than a new one.
#[test]
fn an_open_connection_is_judged_again() {
    let ca = Authority::new("Root");
    let gate = listed(&ca);
    let ann = gate.home.path().join("ann.pem");
    let shown = ann.to_str().unwrap();
    let mut client = client(&gate.server, &["-quiet", "-cert", shown, "-key", shown]);
    let mut asks = client.stdin.take().unwrap();
    let mut lines = BufReader::new(client.stdout.take().unwrap());
    asks.write_all(b"GET /devices HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut heard = String::new();
    while !heard.contains("devices:ann") {
        assert!(lines.read_line(&mut heard).unwrap() > 0, "{heard}");
    }
    assert!(heard.starts_with("HTTP/1.1 200 "), "{heard}");
    reread(&gate, "list.crl", &ca.revokes(&[7]));
    let again = || {
        asks.write_all(LAST).unwrap();
        let mut heard = String::new();
        lines.read_to_string(&mut heard).unwrap();
        status(&heard)
    };
    gate.refuses(again, (401, "certificate-revoked"));
    client.wait().unwrap();
}

/// A TLS session taken up again shows what the first connection showed, and is judged as that would be now.
#[test]
fn a_session_taken_up_again_is_judged_again() {
    let ca = Authority::new("Root");
    for version in ["-tls1_2", "-tls1_3"] {
        let gate = listed(&ca);
        let ann = gate.home.path().join("ann.pem");
        let kept = gate.home.path().join(format!("session{version}"));
        let kept = kept.to_str().unwrap();
        let shown = ann.to_str().unwrap();
        let with = ["-cert", shown, "-key", shown, "-sess_out", kept];
        let first = taken(&gate.server, version, &with);
        assert!(
            first.contains("HTTP/1.1 200") && first.contains("\nNew, "),
            "{first}"
        );
        let with = ["-sess_in", kept, "-sess_out", kept];
        let again = taken(&gate.server, version, &with);
        assert!(
            again.contains("HTTP/1.1 200") && again.contains("\nReused, "),
            "{again}"
        );
        assert_eq!(
            gate.server.last("app.access")["principal"]["id"],
            "devices:ann"
        );

        reread(&gate, "list.crl", &ca.revokes(&[7]));
        // Sessions are forgotten with the change; one that is quicker is judged by the new list.
        let late = || status(&taken(&gate.server, version, &["-sess_in", kept]));
        let denied = gate.denied(late, 401);
        let codes = ["r.certificate-absent", "r.certificate-revoked"];
        assert!(codes.contains(&super::reason(&denied)), "{denied}");
    }
}

fn status(said: &str) -> u16 {
    let (_, line) = said.split_once("HTTP/1.1 ").unwrap();
    line[..3].parse().unwrap()
}

/// What a TLS client says of the handshake and of the answer.
fn taken(server: &Server, version: &str, arguments: &[&str]) -> String {
    let mut client = client(server, &[&["-ign_eof", version], arguments].concat());
    let mut asks = client.stdin.take().unwrap();
    asks.write_all(LAST).unwrap();
    let said = client.wait_with_output().unwrap().stdout;
    drop(asks);
    String::from_utf8_lossy(&said).into_owned()
}

/// A TLS client that sends what is written to it.
fn client(server: &Server, arguments: &[&str]) -> Child {
    let address = format!("127.0.0.1:{}", server.https.port());
    Command::new("openssl")
        .args(["s_client", "-connect", &address, "-servername", "localhost"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed")
}

/// Replaces a file and waits for the server to have read it: the server keeps few TLS sessions, so nothing is asked.
#[track_caller]
fn reread(gate: &Gate, name: &str, text: &str) {
    let log = gate.server.home().join("server.log");
    let said = || {
        let log = std::fs::read_to_string(&log).unwrap();
        log.matches("were read again").count()
    };
    let before = said();
    replace(gate.home.path(), name, text);
    eventually("it is read again", || said() > before);
}

/// Puts another file in its place at once.
fn replace(home: &Path, name: &str, text: &str) {
    let new = home.join("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, home.join(name)).unwrap();
}
