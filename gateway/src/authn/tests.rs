//! Naming callers: what a stranger could measure is the same for names that there are and names that there are not.

use std::{net::Ipv4Addr, sync::atomic::Ordering};

use super::*;
use crate::{authority, store::NewUser};

const NOW: &str = "2026-01-31T12:00:00Z";

struct Stage {
    _folder: tempfile::TempDir,
    store: Store,
    authn: Authn,
}

async fn stage() -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("metadata.db")).unwrap();
    let by = authority::tests::authority(folder.path()).await;
    let user = NewUser {
        id: "local:1".to_owned(),
        name: "ana".to_owned(),
        hash: password::hash(&"correct horse".into()).unwrap(),
        groups: Vec::new(),
        created: 1,
    };
    store.add_user(&by, user).await.unwrap();
    let seal = Seal::open(&folder.path().join("key")).unwrap();
    let authn = Authn::new(&Login::default(), Vec::new(), seal.hasher("names"));
    Stage {
        _folder: folder,
        store,
        authn,
    }
}

impl Stage {
    async fn check(&self, name: &str, password: &str) -> Result<Checked, Unnamed> {
        let given = Credentials {
            name: name.to_owned(),
            password: password.into(),
        };
        let from = Origin {
            ip: Ipv4Addr::LOCALHOST.into(),
            tls: false,
            host: "localhost",
            now: NOW.parse().unwrap(),
        };
        self.authn.check(&self.store, given, &from).await
    }

    async fn counted(&self, name: &str) -> Option<(i64, i64)> {
        let key = self.authn.failures_key(name);
        self.store.failures(&key).await.unwrap()
    }
}

/// Case 52: a name nobody has costs one hash and one failure, like any other.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_costs_what_somebody_costs() {
    let stage = stage().await;
    for (round, name) in ["ana", "nobody", ""].into_iter().enumerate() {
        let checked = stage.check(name, "a wrong password").await;
        assert!(matches!(checked, Err(Unnamed::Wrong { .. })), "{name}");
        let checks = stage.authn.checker.checks.load(Ordering::SeqCst);
        assert_eq!(checks, round + 1, "{name}");
        assert_eq!(stage.counted(name).await, Some((1, 0)), "{name}");
    }
    assert_eq!(stage.counted(" ANA ").await, Some((1, 0)), "one counter");
    assert!(stage.check("ana", "correct horse").await.is_ok());
    assert_eq!(stage.counted("ana").await, None);
}
