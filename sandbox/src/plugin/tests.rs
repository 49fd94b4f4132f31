//! Plugin calls against a real gate, a real log in a temporary directory, and policies generated
//! from permissions: what is permitted happens, what is not leaves no trace outside the log.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use audit::Log;
use policy::{
    Acting, AppPolicies, Authentication, Facts, GroupId, Instance, Permission, Person, SecretId,
    UserId,
};
use secrecy::SecretString;
use secrets::{BoxFuture, Provider, ProviderError, Secrets, Tokens};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::message::{CallAnswer, CallRequest};
use super::session::Session;
use super::{Bounds, Plugins, Premises, real_path, resolve_program};
use crate::served::Forgetful;
use crate::testing::{gate, instance, moment};

/// The value that must appear nowhere but at the upstream.
pub const CANARY: &str = "canary-7f3a/+ 41";

/// A gateway of one app.
pub struct Fixture {
    pub plugins: Plugins,
    pub acting: Arc<Acting>,
    pub tokens: Tokens,
    pub session: Session,
    log: Log,
    dir: TempDir,
}

struct Map(BTreeMap<&'static str, &'static str>);

impl Provider for Map {
    fn name(&self) -> &str {
        "map"
    }
    fn join(&self, keys: &[String]) -> String {
        keys.join("/")
    }
    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<SecretString, ProviderError>> {
        let value = self.0.get(path).map(|value| SecretString::from(*value));
        Box::pin(std::future::ready(
            value.ok_or_else(|| ProviderError::Missing(path.to_owned())),
        ))
    }
}

/// One permission.
pub fn permission(plugin: &str, method: &str, arguments: &[&str]) -> Permission {
    Permission {
        plugin: plugin.to_owned(),
        method: method.to_owned(),
        arguments: arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect(),
        ..Permission::default()
    }
}

/// A permission that may carry the secret `key`.
pub fn carrying(permission: Permission) -> Permission {
    Permission {
        secrets: vec![vec!["key".to_owned()]],
        ..permission
    }
}

impl Fixture {
    /// An app in `sets` with `permissions`.
    pub fn new(sets: &[&str], permissions: &[Permission]) -> Self {
        let dir = TempDir::new().unwrap();
        let instance = instance(sets);
        let apps = vec![approved(&instance, permissions)];
        let gate = Arc::new(gate(dir.path(), apps));
        let log = gate.log().clone();
        let values = [("key", CANARY), ("other", "other-value")]
            .into_iter()
            .collect();
        let secrets = Arc::new(Secrets::new("map", vec![Arc::new(Map(values))]));
        let premises = Premises {
            now: || moment().now,
            data: dir.path().join("data"),
            file_access: vec![std::env::temp_dir()],
            served: Arc::new(Forgetful::default()),
            warden: None,
        };
        let plugins = Plugins::new(gate, secrets, premises).bounded(Bounds {
            body: 100_000,
            ..Bounds::default()
        });
        let acting = Arc::new(Acting {
            instance: Arc::new(instance),
            on_behalf_of: Some(Arc::new(person())),
        });
        Self {
            plugins,
            acting,
            tokens: Tokens::new(),
            session: Session::new(),
            log,
            dir,
        }
    }

    /// What app source with `text` holds at run time: references are tokens.
    pub fn hidden(&mut self, text: &str) -> String {
        self.tokens.hide(text)
    }

    /// Makes a call.
    pub async fn call(
        &self,
        plugin: &str,
        function: &str,
        positional: Value,
        keyword: Value,
    ) -> CallAnswer {
        let keyword = keyword.as_object().unwrap().clone().into_iter().collect();
        let positional = positional.as_array().unwrap().clone();
        let request = CallRequest {
            plugin: plugin.to_owned(),
            function: function.to_owned(),
            positional,
            keyword,
        };
        let around = (&moment(), &self.tokens, &self.session);
        self.plugins.call(&self.acting, request, around).await
    }

    /// Everything in the audit directory after the log is closed.
    pub fn records(self) -> String {
        self.log.shutdown();
        let mut text = String::new();
        gather(self.dir.path(), &mut text);
        text
    }
}

fn gather(dir: &Path, text: &mut String) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, text);
        } else {
            text.push_str(
                &String::from_utf8_lossy(&std::fs::read(&path).unwrap()).replace('\0', ""),
            );
        }
    }
}

fn approved(instance: &Instance, permissions: &[Permission]) -> AppPolicies {
    let id = |path: &str| SecretId {
        provider: "map".to_owned(),
        path: path.to_owned(),
    };
    let facts = Facts {
        program: &resolve_program,
        real_path: &real_path,
        secrets: &[id("key"), id("other")],
        default_provider: "map",
    };
    AppPolicies {
        instance: instance.id.clone(),
        policies: policy::generate(&instance.id, permissions, &facts).unwrap(),
    }
}

fn person() -> Person {
    Person {
        id: UserId::from("local:1"),
        name: "alice".to_owned(),
        provider: "local".to_owned(),
        subject: "1".to_owned(),
        groups: vec![GroupId::from("local:users")],
        disabled: false,
        email: None,
        auth: Authentication::plain("password", jiff::Timestamp::UNIX_EPOCH),
    }
}

/// The value of an answer, which must be one.
pub fn value(answer: CallAnswer) -> Value {
    match answer {
        CallAnswer::Ok(value) => value,
        other => panic!("{other:?}"),
    }
}

/// The text of a failure, which must be one.
pub fn failed(answer: CallAnswer) -> String {
    match answer {
        CallAnswer::Failed { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

/// The text of a refusal, which must be one.
pub fn refused(answer: CallAnswer) -> String {
    match answer {
        CallAnswer::Refused { message } => message,
        other => panic!("{other:?}"),
    }
}

/// Answers every connection to a port of this machine with one response, and keeps the requests.
pub struct Upstream {
    pub port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// Answers as `respond` says, given the whole request.
    pub async fn start(respond: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, respond) = (Arc::clone(&requests), Arc::new(respond));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, respond) = (Arc::clone(&kept), Arc::clone(&respond));
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !complete(&request) {
                        let mut buffer = [0; 4096];
                        match stream.read(&mut buffer).await {
                            Ok(count @ 1..) => request.extend(buffer.iter().take(count)),
                            _ => return,
                        }
                    }
                    let request = String::from_utf8_lossy(&request).into_owned();
                    kept.lock().unwrap().push(request.clone());
                    let _ = stream.write_all(respond(&request).as_bytes()).await;
                });
            }
        });
        Self { port, requests }
    }

    /// The requests received so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// A URL on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn complete(request: &[u8]) -> bool {
    if request.first() == Some(&0x16) {
        return true; // The beginning of TLS, which this server does not speak.
    }
    let text = String::from_utf8_lossy(request).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

/// A response with these header lines and body.
pub fn response(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn unknown_functions_are_refused_and_recorded() {
    let fixture = Fixture::new(&[], &[]);
    let message = refused(fixture.call("mail.in", "send", json!([]), json!({})).await);
    assert!(
        message.contains("mail.in.send is not available"),
        "{message}"
    );
    assert!(fixture.records().contains("r.plugin.unknown"));
}

#[tokio::test]
async fn malformed_calls_fail_and_are_recorded() {
    let fixture = Fixture::new(&[], &[]);
    let error = failed(
        fixture
            .call("http.in", "get", json!([]), json!({"nonsense": 1}))
            .await,
    );
    assert!(error.contains("nonsense"), "{error}");
    let error = failed(fixture.call("http.in", "get", json!([7]), json!({})).await);
    assert!(error.contains("url"), "{error}");
    assert!(fixture.records().contains("r.plugin.arguments"));
}
