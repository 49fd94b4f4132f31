//! Starts the real server in a home of its own and drives its command line.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::http::{Ask, Reply};
use crate::peer::agent::{Agent, Page};

const BINARY: &str = env!("CARGO_BIN_EXE_sallyport-under-test");

/// Ports are chosen by the system and segments are small, so that many servers run side by side.
pub const CONFIG: &str = "[http]\nport = 0\n\n[https]\nport = 0\n\n[audit]\npreallocate_mb = 1\n";

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn ok(self) -> Ran {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    home: PathBuf,
    pub http: SocketAddr,
    pub https: SocketAddr,
    _temporary: Option<TempDir>,
}

/// The names and passwords the tests sign in with.
pub const DEV: (&str, &str) = ("dev", "correct horse battery");
pub const OPS: (&str, &str) = ("ops", "staple pony cart");

impl Server {
    /// A server with users `dev` (group users) and `ops` (group admins).
    pub fn start() -> Server {
        Server::configured(CONFIG)
    }

    pub fn configured(config: &str) -> Server {
        let temporary = TempDir::new().unwrap();
        let mut server = Server::at(temporary.path(), config);
        server._temporary = Some(temporary);
        server.user(DEV, "users");
        server.user(OPS, "admins");
        server
    }

    /// A server in a home that outlives it.
    pub fn at(home: &Path, config: &str) -> Server {
        std::fs::write(home.join("sallyport.toml"), config).unwrap();
        let (child, http, https) = spawn(home);
        Server {
            child,
            home: home.into(),
            http,
            https,
            _temporary: None,
        }
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    pub fn user(&self, (name, password): (&str, &str), groups: &str) {
        let file = self.home.join(format!("password-{name}"));
        std::fs::write(&file, password).unwrap();
        self.cli(&[
            "user",
            "add",
            name,
            "--groups",
            groups,
            "--password-file",
            file.to_str().unwrap(),
        ])
        .ok();
        std::fs::remove_file(file).unwrap();
    }

    /// Signs in with the form, as somebody who opens `path`; answers the last step and the browser.
    pub fn sign_in(&self, (name, password): (&str, &str), path: &str) -> (Page, Agent) {
        let mut agent = Agent::new();
        let url = self.url(&format!("/_sallyport/login?next={path}"));
        let form = agent.open(&url);
        let page = agent.submit(&form, &[("name", name), ("password", password)]);
        (page, agent)
    }

    /// The `Cookie` header of somebody who has signed in.
    pub fn session(&self, user: (&str, &str)) -> String {
        let (page, agent) = self.sign_in(user, "/");
        let session = agent.cookie("localhost", "sallyport");
        let session = session.unwrap_or_else(|| panic!("no session: {page:?}"));
        format!("sallyport={session}")
    }

    /// The address of a path as browsers know it.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.http.port())
    }

    pub fn cli(&self, arguments: &[&str]) -> Ran {
        cli(&self.home, arguments)
    }

    /// Installs an app given as (file name, text) pairs, not approved.
    pub fn install(&self, path: &str, files: &[(impl AsRef<str>, impl AsRef<str>)]) -> PathBuf {
        let source = self.source(path, files);
        self.cli(&["app", "create", source.to_str().unwrap(), path])
            .ok();
        source
    }

    /// Installs and approves.
    pub fn approved(&self, path: &str, files: &[(impl AsRef<str>, impl AsRef<str>)]) -> PathBuf {
        let source = self.install(path, files);
        self.cli(&["app", "approve", path]).ok();
        source
    }

    /// Installs and approves for development, in a folder that is followed.
    pub fn develop(&self, path: &str, files: &[(impl AsRef<str>, impl AsRef<str>)]) -> PathBuf {
        let source = self.source(path, files);
        let folder = source.to_str().unwrap();
        self.cli(&["app", "create", folder, path, "--dev", "--approve"])
            .ok();
        source
    }

    /// Writes an app's files where it can be installed from.
    pub fn source(&self, path: &str, files: &[(impl AsRef<str>, impl AsRef<str>)]) -> PathBuf {
        let source = self
            .home
            .join("sources")
            .join(path.trim_start_matches('/').replace('/', "_"));
        for (name, text) in files {
            let file = source.join(name.as_ref());
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text.as_ref()).unwrap();
        }
        source
    }

    pub fn send(&self, ask: &Ask) -> Reply {
        ask.send(self.http)
    }

    /// A GET by `dev`.
    pub fn get(&self, target: &str) -> Reply {
        self.send(&Ask::get(target).basic(DEV.0, DEV.1))
    }

    /// Every record of the log, oldest first, with what `audit show` knows of each.
    pub fn records(&self) -> Vec<Value> {
        self.listed(100_000)
    }

    /// The number of the newest record.
    pub fn newest(&self) -> u64 {
        let newest = self.listed(1).pop();
        newest
            .and_then(|record| record["seq"].as_u64())
            .unwrap_or(0)
    }

    /// The records made since the one of that number.
    pub fn since(&self, seq: u64) -> Vec<Value> {
        let mut records = self.listed(200);
        records.retain(|record| record["seq"].as_u64() > Some(seq));
        records
    }

    fn listed(&self, most: usize) -> Vec<Value> {
        let most = most.to_string();
        let listed = self
            .cli(&["audit", "list", "--limit", &most, "-o", "jsonl"])
            .ok();
        let mut records: Vec<Value> = listed
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        records.sort_by_key(|record| record["seq"].as_u64());
        records
    }

    /// What policy decided on one action, oldest first; refusals before policy (`r.…`) are not among them.
    pub fn decisions(&self, action: &str) -> Vec<Value> {
        let by_policy = |record: &Value| {
            !record["reasons"][0]
                .as_str()
                .unwrap_or_default()
                .starts_with("r.")
        };
        self.records()
            .into_iter()
            .filter(|record| {
                record["kind"] == "decision" && record["action"] == action && by_policy(record)
            })
            .collect()
    }

    pub fn last(&self, action: &str) -> Value {
        self.decisions(action)
            .pop()
            .unwrap_or_else(|| panic!("no decision on {action}"))
    }

    /// What `audit show` knows of a record.
    pub fn shown(&self, record: &Value) -> Value {
        let seq = record["seq"].to_string();
        let shown = self.cli(&["audit", "show", &seq, "-o", "json"]).ok();
        serde_json::from_str(&shown.stdout).unwrap()
    }

    /// The outcome of a decision, once it has one.
    #[track_caller]
    pub fn outcome(&self, decision: &Value) -> Value {
        let mut outcome = Value::Null;
        eventually("the record closes", || {
            outcome = self.shown(decision)["outcome"].take();
            !outcome.is_null()
        });
        outcome
    }

    /// Adds the rule `g.closed`, which forbids an action for everybody.
    pub fn forbid(&self, action: &str, reason: &str) {
        let rule = format!(
            "@id(\"g.closed\")\n@reason(\"{reason}\")\n\
             forbid (principal, action == Sallyport::Action::\"{action}\", resource);\n"
        );
        let file = self.home.join("policy/guardrails/closed.cedar");
        std::fs::write(file, rule).unwrap();
        self.cli(&["policy", "reload"]).ok();
    }

    /// The answer to a request that must be refused, and the deny record it left.
    #[track_caller]
    pub fn refused(&self, ask: &Ask) -> (Reply, Value) {
        let before = self.newest();
        let reply = self.send(ask);
        let denied = self
            .since(before)
            .into_iter()
            .find(|record| record["decision"] == "deny");
        let denied = denied.unwrap_or_else(|| panic!("no deny record: {reply:?}"));
        (reply, denied)
    }

    /// Ends the server as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts again in the same home.
    pub fn restart(&mut self) {
        self.kill();
        (self.child, self.http, self.https) = spawn(&self.home);
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The processes that run code of apps.
    pub fn workers(&self) -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let children = tasks
            .filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).ok());
        let children = children.collect::<String>();
        let is_worker = |pid: &&str| {
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            command.ends_with(b"\0worker\0")
        };
        let workers = children.split_whitespace().filter(is_worker);
        workers.map(str::to_owned).collect()
    }

    pub fn kill_workers(&self) {
        for worker in self.workers() {
            let killed = Command::new("kill").args(["-9", &worker]).status();
            assert!(killed.unwrap().success());
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn cli(home: &Path, arguments: &[&str]) -> Ran {
    let output = command(home)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn command(home: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.env("SALLYPORT_HOME", home).env("NO_COLOR", "1");
    command
}

/// Starts the server; what it says goes to `server.log` in its home.
fn spawn(home: &Path) -> (Child, SocketAddr, SocketAddr) {
    let log = home.join("server.log");
    let mut child = command(home)
        .args(["server", "start"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let said = std::fs::read_to_string(&log).unwrap();
        if let (Some(http), Some(https)) = (address(&said, "http://"), address(&said, "https://"))
            && said.contains("administered through")
        {
            return (child, http, https);
        }
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none() && Instant::now() < deadline,
            "the server did not start:\n{said}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn address(said: &str, scheme: &str) -> Option<SocketAddr> {
    let rest = &said[said.find(scheme)? + scheme.len()..];
    rest.split(|letter: char| !(letter.is_ascii_digit() || ".:[]".contains(letter)))
        .next()?
        .parse()
        .ok()
}

/// Whether a process runs; one that has ended and waits for its parent does not.
pub fn is_alive(pid: &str) -> bool {
    let Ok(pid) = pid.trim().parse::<u32>() else {
        return false;
    };
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

/// Waits until something holds; a bound on every wait.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "still not so after 30 s: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
