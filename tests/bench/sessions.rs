//! What sessions cost: a request by cookie beside the same request by nobody, 10 000 people with 20 groups each
//! remembered and not, the list of all sign-ins, and signing in.
//!
//! The home lies in memory where the machine has such a folder, so that the disk does not hide microseconds; the disk is
//! measured by `appends`. Both requests are decided and recorded. Parts can be asked for by name: `requests`, `memory`,
//! `list`, `sign-ins`. Needs `sqlite3` and `curl`.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, starts its peers and stops when it cannot"
)]

mod person;
mod started;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use person::{cookie, rows};
use started::{Started, listening, run, sallyport};

const PEOPLE: usize = 10_000;
const ROUNDS: usize = 20_000;
const HELLO: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>Hello</title></head><body><h1>Hello</h1></body></html>\n";
const APP: &str = "app = ace.app(\"Bench\", routes=[ace.api(\"/api\", handler=lambda req: 1)])\n";
const PAGE: &str = "/static/hello.html";

fn main() {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let folder = folder.expect("a folder");
    let home = folder.path().join("home");
    prepare(folder.path(), &home);
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with('-'))
        .collect();
    let wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    println!("{:<58} {:>10} {:>10}", "requests, us", "p50", "p99");
    if wanted("requests") {
        let server = start(&home);
        single(&server);
        eight(&server);
    }
    let server = start(&home);
    if wanted("memory") {
        memory_and_cold(&server);
    }
    if wanted("list") {
        list(&home);
    }
    if wanted("sign-ins") {
        sign_ins(&server, folder.path());
    }
}

/// Two apps, one for everybody, and 10 000 people who are signed in.
fn prepare(folder: &Path, home: &Path) {
    std::fs::create_dir_all(home).expect("a folder");
    for (name, text) in [("app.star", APP), ("static/hello.html", HELLO)] {
        let file = folder.join("app").join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }
    let config = "[http]\nport = 0\n[https]\nport = 0\n[login]\nsession_idle = \"1d\"\n";
    std::fs::write(home.join("sallyport.toml"), config).expect("a file");
    std::fs::write(folder.join("password"), started::PASSWORD).expect("a file");
    let server = start(home);
    let password = folder.join("password");
    run(sallyport(home)
        .args(["user", "add", "dev", "--groups", "users", "--password-file"])
        .arg(password));
    for (path, auth) in [("/open", "none"), ("/closed", "default")] {
        let mut create = sallyport(home);
        run(create
            .args(["app", "create", "--approve", "--auth", auth])
            .arg(folder.join("app"))
            .arg(path));
    }
    run(sallyport(home).args(["server", "stop"]));
    drop(server);
    let mut database = Command::new("sqlite3");
    let mut database = database
        .arg(home.join("metadata.db"))
        .stdin(Stdio::piped())
        .spawn()
        .expect("sqlite3");
    let mut input = database.stdin.take().expect("an input");
    input.write_all(rows(PEOPLE).as_bytes()).expect("it reads");
    drop(input);
    assert!(
        database.wait().expect("an end").success(),
        "the rows are good"
    );
}

fn start(home: &Path) -> Started {
    let started = listening(sallyport(home).args(["server", "start"]));
    std::thread::sleep(Duration::from_millis(500));
    started
}

/// Whose cookie a request carries, by its number.
type Who = fn(usize) -> Option<usize>;

/// A connection that stays open.
struct Line(TcpStream, Vec<u8>);

impl Line {
    fn to(server: &Started) -> Line {
        let address = server.url.trim_start_matches("http://");
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("an option");
        Line(stream, vec![0; 16 << 10])
    }

    /// Asks and waits for the answer, which comes in one piece or ends with its page.
    fn ask(&mut self, path: &str, person: Option<usize>) -> Duration {
        let cookie = person.map_or(String::new(), |number| {
            format!("Cookie: sallyport={}\r\n", cookie(number))
        });
        let asked = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n");
        let begun = Instant::now();
        self.0.write_all(asked.as_bytes()).expect("it is sent");
        let mut length = 0;
        while !self
            .1
            .get(..length)
            .is_some_and(|heard| heard.ends_with(b"</html>\n"))
        {
            let rest = self.1.get_mut(length..).expect("a short answer");
            let more = self.0.read(rest).expect("an answer");
            assert!(
                more > 0,
                "the answer ends: {:?}",
                String::from_utf8_lossy(&self.1)
            );
            length += more;
        }
        let took = begun.elapsed();
        assert!(
            self.1.starts_with(b"HTTP/1.1 200"),
            "{:?}",
            String::from_utf8_lossy(&self.1)
        );
        took
    }
}

/// Median and slowest hundredth.
fn told(name: &str, times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "{name:<58} {:>10.1} {:>10.1}",
        micros(at(50)),
        micros(at(99))
    );
    at(50)
}

/// Requests in turn on one connection, so that whatever slows the machine slows all kinds.
fn single(server: &Started) {
    let mut line = Line::to(server);
    let (closed, open) = (format!("/closed{PAGE}"), format!("/open{PAGE}"));
    let kinds: [(&str, &str, Who); 5] = [
        ("nobody, an open app", &open, |_| None),
        (
            "nobody, with a living session of another host",
            &open,
            |_| Some(PEOPLE),
        ),
        ("one person of 20 groups, an open app", &open, |_| Some(1)),
        (
            "one person of 20 groups, an app for those signed in",
            &closed,
            |_| Some(1),
        ),
        (
            "100 people in turn, an app for those signed in",
            &closed,
            |round| Some(round % 100),
        ),
    ];
    let mut times: [Vec<Duration>; 5] = Default::default();
    for round in 0..ROUNDS + 500 {
        for ((_, path, who), times) in kinds.iter().zip(&mut times) {
            let took = line.ask(path, who(round));
            if round >= 500 {
                times.push(took);
            }
        }
    }
    let medians: Vec<Duration> = kinds
        .iter()
        .zip(&mut times)
        .map(|((name, ..), times)| told(name, times))
        .collect();
    let [nobody, elsewhere, somebody, ..] = medians.as_slice() else {
        return;
    };
    let lookup = elsewhere.as_secs_f64() - nobody.as_secs_f64();
    println!(
        "{:<58} {:>10.1}",
        "  looking a session up adds",
        lookup * 1e6
    );
    let more = somebody.as_secs_f64() - nobody.as_secs_f64();
    println!(
        "{:<58} {:>10.1}",
        "  a session, and deciding about a person of 20 groups, add",
        more * 1e6
    );
}

/// The same from eight connections at once.
fn eight(server: &Started) {
    let all = |name: &str, path: &str, person: Who| {
        let each = |first: usize| {
            let mut line = Line::to(server);
            let times =
                (0..ROUNDS / 8).map(|round| line.ask(path, person(first * 1250 + round % 1250)));
            times.collect::<Vec<Duration>>()
        };
        let mut times: Vec<Duration> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|first| scope.spawn(move || each(first)))
                .collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().expect("an end"))
                .collect()
        });
        told(name, &mut times)
    };
    let (closed, open) = (format!("/closed{PAGE}"), format!("/open{PAGE}"));
    all("8 at once: nobody, an open app", &open, |_| None);
    all("8 at once: 10 000 people, twice, an open app", &open, Some);
    all("8 at once: 10 000 people, warm, an open app", &open, Some);
    all(
        "8 at once: 10 000 people, warm, an app for those signed in",
        &closed,
        Some,
    );
}

/// How long it takes to learn of people, and how the server grows by those it remembers. Policy keeps what it worked out
/// for some of them, which is no matter of sessions: that store is full before the measure is taken.
fn memory_and_cold(server: &Started) {
    let mut line = Line::to(server);
    let path = format!("/open{PAGE}");
    let mut pass = |people: Range<usize>| -> Vec<Duration> {
        people.map(|number| line.ask(&path, Some(number))).collect()
    };
    let empty = resident(server);
    let mut cold = pass(0..PEOPLE / 2);
    let before = resident(server);
    cold.extend(pass(PEOPLE / 2..PEOPLE));
    let after = resident(server);
    told("10 000 people after a start, first request", &mut cold);
    told("10 000 people, second request", &mut pass(0..PEOPLE));
    println!(
        "{:<58} {:>10}",
        "the first 5 000 people, with what policy keeps, MB",
        (before - empty) >> 20
    );
    println!(
        "{:<58} {:>10}",
        "each further person of 20 groups, bytes",
        after.saturating_sub(before) / (PEOPLE / 2)
    );
}

/// Memory of the server in bytes.
fn resident(server: &Started) -> usize {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).expect("a process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a size");
    let kib = line
        .split_whitespace()
        .next()
        .and_then(|number| number.parse::<usize>().ok());
    kib.expect("a number") * 1024
}

fn list(home: &Path) {
    let begun = Instant::now();
    let listed = sallyport(home)
        .args(["session", "list", "-o", "jsonl"])
        .output()
        .expect("a list");
    let lines = String::from_utf8_lossy(&listed.stdout).lines().count();
    println!(
        "{:<58} {:>10.0}",
        format!("session list, {lines} sign-ins, ms"),
        begun.elapsed().as_secs_f64() * 1e3
    );
}

/// Sign-ins by the form, two at once, each from the app's host to the login's and back.
fn sign_ins(server: &Started, folder: &Path) {
    let (begun, each) = (Instant::now(), 20);
    std::thread::scope(|scope| {
        for number in 0..2 {
            let jar = folder.join(format!("jar{number}"));
            scope.spawn(move || (0..each).for_each(|_| person::sign_in(&server.url, &jar)));
        }
    });
    let rate = f64::from(2 * each) / begun.elapsed().as_secs_f64();
    println!(
        "{:<58} {rate:>10.1}",
        "sign-ins by the form, two at once, per s"
    );
    let mut times: Vec<Duration> = (0..each)
        .map(|_| {
            let begun = Instant::now();
            person::sign_in(&server.url, &folder.join("jar"));
            begun.elapsed()
        })
        .collect();
    told("a sign-in by the form, one after the other", &mut times);
}
