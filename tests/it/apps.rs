//! Plays the files of `tests/apps`: one small app per feature, its requests and its answers, as text.
//!
//! Each app is served at the path of its file name. `$UPSTREAM` in a file is a service that tells what it
//! was asked, `$DIR` a folder with two files in it, `$GATEWAY` the home of the server.

mod script;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{CONFIG, DEV, Ran, Server};
use crate::http::{Ask, Reply};
use crate::upstream::Upstream;
use crate::wildcard::matches;
use script::{Script, Step};

#[test]
fn every_app_answers_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("apps");
    let only = std::env::var("APP").unwrap_or_default();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".txt").map(str::to_owned))
        .filter(|name| only.is_empty() || *name == only)
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no apps in {}", folder.display());
    let shared = Stage::new("");
    let failures: Vec<String> = names
        .iter()
        .flat_map(|name| {
            let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
            let script = Script::read(&text);
            match script.config.as_str() {
                "" => shared.play(name, &script),
                config => Stage::new(config).play(name, &script),
            }
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// A server and what its apps may reach.
struct Stage {
    server: Server,
    files: TempDir,
    upstream: Upstream,
}

impl Stage {
    fn new(config: &str) -> Stage {
        let server = Server::configured(&format!("{CONFIG}\n{config}"));
        let files = TempDir::new().unwrap();
        let folder = files.path().join("files");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("one.txt"), "one\n").unwrap();
        std::fs::write(folder.join("two.csv"), "a,b\n1,2\n").unwrap();
        Stage {
            server,
            files,
            upstream: echo(),
        }
    }

    /// What went wrong with the apps that must not load, and with the one that must.
    fn play(&self, name: &str, script: &Script) -> Vec<String> {
        let broken = script.broken.iter().enumerate();
        let mut wrong: Vec<String> = broken
            .filter_map(|(at, (files, complaint))| {
                let created = self.create(&format!("/{name}-{at}"), files, &[]);
                let expected = format!("...\n{complaint}...");
                let right = created.code != 0 && matches(&expected, &created.stderr);
                let wrong = || format!("{name}, error {at}: expected\n{complaint}got {created:?}");
                (!right).then(wrong)
            })
            .collect();
        if !script.files.is_empty() {
            wrong.extend(self.serve(name, script));
        }
        wrong
    }

    fn create(&self, path: &str, files: &[(String, String)], params: &[String]) -> Ran {
        let files: Vec<(&String, String)> = files
            .iter()
            .map(|(name, text)| (name, self.filled(text)))
            .collect();
        let source = self.server.source(path, &files);
        let mut command = vec!["app", "create", source.to_str().unwrap(), path];
        for param in params {
            command.extend(["--param", param]);
        }
        self.server.cli(&command)
    }

    /// Installs, approves and asks.
    fn serve(&self, name: &str, script: &Script) -> Vec<String> {
        let path = format!("/{name}");
        for secret in &script.secrets {
            self.keep(secret);
        }
        let created = self.create(&path, &script.files, &script.params);
        if created.code != 0 {
            return vec![format!("{name}: {}", created.stderr)];
        }
        self.server.cli(&["app", "approve", &path]).ok();
        for set in ["egress-internal", "exec-allowed"] {
            self.server.cli(&["set", "add", set, &path]).ok();
        }
        for command in &script.commands {
            let words: Vec<&str> = command.split(' ').collect();
            self.server.cli(&words).ok();
        }
        let wrong = |step: &Step| {
            self.ask(step)
                .map_err(|problem| format!("tests/apps/{name}.txt:{}: {problem}", step.line))
                .err()
        };
        script.steps.iter().filter_map(wrong).collect()
    }

    /// Writes the secret `name=value` to the folder of the provider `file`.
    fn keep(&self, secret: &str) {
        let (name, value) = secret.split_once('=').expect("a name and a value");
        let folder = self.server.home().join("secrets");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), value).unwrap();
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(folder.join(name), private).unwrap();
    }

    fn filled(&self, text: &str) -> String {
        let folder = self.files.path().join("files");
        text.replace("$UPSTREAM", &self.upstream.url())
            .replace("$GATEWAY", &self.server.home().to_string_lossy())
            .replace("$DIR", &folder.canonicalize().unwrap().to_string_lossy())
    }

    fn ask(&self, step: &Step) -> Result<(), String> {
        let before = self.server.newest();
        let mut ask = Ask::new(&step.method, &self.filled(&step.target)).body(&step.body);
        if !step.headers.iter().any(|(name, _)| name == "Authorization") {
            ask = ask.basic(DEV.0, DEV.1);
        }
        for (name, value) in &step.headers {
            ask = ask.header(name, &self.filled(value));
        }
        let reply = ask
            .try_send(self.server.http)
            .map_err(|error| error.to_string())?;
        step.check(&reply, |text| self.filled(text))?;
        recorded(step, &self.server.since(before))
    }
}

impl Step {
    fn check(&self, reply: &Reply, filled: impl Fn(&str) -> String) -> Result<(), String> {
        if reply.status != self.status {
            return Err(format!("expected {}, got {reply:?}", self.status));
        }
        for (name, value) in &self.expected {
            let given: Vec<&str> = reply.all(name);
            let right = match value.as_str() {
                "-" => given.is_empty(),
                value => given.iter().any(|given| matches(&filled(value), given)),
            };
            if !right {
                return Err(format!("expected {name}: {value}, got {given:?}"));
            }
        }
        match &self.text {
            Some(text) if !matches(&filled(text), &reply.body) => {
                Err(format!("--- expected\n{text}\n--- got\n{}", reply.body))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Every request leaves a decision, and those the file names are among them.
fn recorded(step: &Step, records: &[Value]) -> Result<(), String> {
    let decided: Vec<String> = records
        .iter()
        .filter(|record| record["kind"] == "decision")
        .map(|record| {
            let part = |name: &str| record[name].as_str().unwrap_or_default();
            format!("{} {}", part("decision"), part("action"))
        })
        .collect();
    if decided.is_empty() {
        return Err("the request left no decision".to_owned());
    }
    match step.records.iter().find(|record| !decided.contains(record)) {
        Some(missing) => Err(format!("no record `{missing}` among {decided:?}")),
        None => Ok(()),
    }
}

/// Answers with the head and body it got as text; `/json` with an object, `/missing` with 404.
fn echo() -> Upstream {
    Upstream::start(|asked| {
        let target = asked.split(' ').nth(1).unwrap_or_default();
        let plain = "Content-Type: text/plain\r\nX-Upstream: yes\r\n".to_owned();
        match target {
            "/json" => (
                "200 OK".into(),
                "Content-Type: application/json\r\n".into(),
                r#"{"a": 1, "b": [1.5, null, "x"]}"#.into(),
            ),
            "/missing" => ("404 Not Found".into(), plain, "nothing here".into()),
            _ => ("200 OK".into(), plain, asked.to_owned()),
        }
    })
}
