//! A value comes out for a permit only, and is found nowhere else: not in records, errors or debug output.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit::{BootFacts, Log, Options};
use policy::{
    Acting, Action, AppId, AppPolicies, Caller, Engine, Facts, Gate, GroupId, Instance, InstanceId,
    Moment, Net, Permission, SecretId, SecretResolve, Sink, Sources, Url,
};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use super::Secrets;
use crate::{BoxFuture, Env, Provider, ProviderError, Reference};

const CANARY: &str = "canary-7f3a";

/// Has one secret, `shop/key`.
struct One;

impl Provider for One {
    fn name(&self) -> &str {
        "one"
    }
    fn join(&self, keys: &[String]) -> String {
        keys.join("/")
    }
    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<SecretString, ProviderError>> {
        let value = match path {
            "shop/key" => Ok(SecretString::from(CANARY)),
            _ => Err(ProviderError::Missing(path.to_owned())),
        };
        Box::pin(std::future::ready(value))
    }
}

fn secrets() -> Secrets {
    Secrets::new("one", vec![Arc::new(One), Arc::new(Env::new())])
}

fn reference(provider: Option<&str>, keys: &[&str]) -> Reference {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    Reference {
        provider: provider.map(str::to_owned),
        keys,
    }
}

#[test]
fn a_reference_has_one_identity() {
    let check = |provider: Option<&str>, keys: &[&str], expected: &str| {
        let id = secrets().id(&reference(provider, keys));
        let id = id.map_or_else(|error| error.to_string(), |id| id.to_string());
        assert!(id.starts_with(expected), "{id}");
    };
    check(None, &["shop", "key"], "one:shop/key");
    check(Some("default"), &["shop/key"], "one:shop/key");
    check(Some(""), &["k"], "one:k");
    check(Some("env"), &["A", "B"], "env:A_B");
    check(Some("vault"), &["k"], "unknown secret provider `vault`");
    for path in ["", "a//b", "/a", "a/", "a/../b", "./a", "a b", "a\u{202e}b"] {
        check(None, &[path], "secret name");
    }
}

fn acting() -> Caller {
    let instance = Instance {
        id: InstanceId::from("app_shop@prod"),
        app: AppId::from("app_shop"),
        path: "/shop".to_owned(),
        env: "prod".to_owned(),
        space: "/".to_owned(),
        sets: Vec::new(),
        approved: true,
        version: 1,
        spec_hash: "0".to_owned(),
        approval_seq: None,
        risk: 0,
        owner_group: GroupId::from("local:users"),
        auth: "any".to_owned(),
    };
    Caller::App(Arc::new(Acting {
        instance: Arc::new(instance),
        on_behalf_of: None,
    }))
}

fn gate(log: Log) -> Gate {
    let permission = Permission {
        plugin: "http.in".to_owned(),
        method: "get".to_owned(),
        arguments: vec!["https://api.example/*".to_owned()],
        secrets: ["shop/key", "gone"]
            .iter()
            .map(|key| vec![(*key).to_owned()])
            .collect(),
        ..Permission::default()
    };
    let facts = Facts {
        program: &|_| None,
        real_path: &|path| PathBuf::from(path),
        secrets: &[],
        default_provider: "one",
    };
    let instance = InstanceId::from("app_shop@prod");
    let policies = policy::generate(&instance, &[permission], &facts).unwrap();
    let sources = Sources {
        apps: vec![AppPolicies { instance, policies }],
        ..Sources::default()
    };
    Gate::new(log, Engine::build(sources).unwrap())
}

/// Asks for the secret and answers its value, or why there is none.
async fn ask(gate: &Gate, path: &str, host: &str) -> String {
    let at = Moment {
        now: jiff::Timestamp::from_second(1_800_000_000).unwrap(),
        trace: "trace-1".to_owned(),
        parent: None,
        net: Net {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            tls: true,
            unix: false,
        },
    };
    let secret = SecretId {
        provider: "one".to_owned(),
        path: path.to_owned(),
    };
    let call = SecretResolve {
        secret,
        via: Action::HttpGet,
        sink: Sink::Url(Url::parse(&format!("https://{host}/")).unwrap()),
        account: String::new(),
    };
    match gate.admit(&acting(), call, &at).await {
        Err(_) => "denied".to_owned(),
        Ok(permit) => match secrets().reveal(permit).await {
            Ok(value) => value.expose_secret().to_owned(),
            Err(error) => format!("{error} {error:?}"),
        },
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

#[tokio::test]
async fn a_value_is_revealed_for_its_permit_only() {
    let dir = TempDir::new().unwrap();
    let options = Options::new(
        dir.path().to_owned(),
        "test".to_owned(),
        BootFacts::default(),
        || 1_800_000_000_000_000_000,
    );
    let log = Log::open(Options {
        preallocate_bytes: 1 << 20,
        ..options
    })
    .unwrap();
    let gate = gate(log.clone());
    assert_eq!(ask(&gate, "shop/key", "api.example").await, CANARY);
    assert_eq!(ask(&gate, "shop/key", "other.example").await, "denied");
    assert_eq!(ask(&gate, "other", "api.example").await, "denied");
    assert!(
        ask(&gate, "gone", "api.example")
            .await
            .contains("does not exist")
    );
    log.shutdown();
    let mut records = String::new();
    gather(dir.path(), &mut records);
    assert!(
        records.contains("one:shop/key") && records.contains("secret.value"),
        "{records}"
    );
    assert!(!records.contains("canary"), "{records}");
    assert_eq!(
        format!("{:?}", secrets()),
        "Secrets([\"env\", \"one\"], default `one`)"
    );
}
