//! Naming callers: what a stranger could measure is the same for names that there are and names that there are not.

use std::{net::Ipv4Addr, sync::atomic::Ordering};

use super::*;
use http::{HeaderValue, header};
use jiff::SignedDuration;
use secrecy::ExposeSecret;

use crate::{
    authority,
    store::{NewUser, ServiceRow, TokenRow, TokenScope},
};

const NOW: &str = "2026-01-31T12:00:00Z";

struct Stage {
    _folder: tempfile::TempDir,
    store: Store,
    authn: Authn,
    by: authority::Authority,
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
    let service = ServiceRow {
        id: "sa:1".to_owned(),
        name: "robot".to_owned(),
        groups: vec!["users".to_owned()],
        disabled: false,
        created: 1,
        created_by: "os:0".to_owned(),
    };
    store.add_service(&by, service).await.unwrap();
    let seal = Seal::open(&folder.path().join("key")).unwrap();
    let authn = Authn::new(&Login::default(), Vec::new(), seal.hasher("names"));
    Stage {
        _folder: folder,
        store,
        authn,
        by,
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

impl Stage {
    /// A token that ends after so many seconds.
    async fn token(&self, seconds: i64) -> HeaderMap {
        let made = token::make().unwrap();
        let now = crate::clock::nanoseconds(NOW.parse().unwrap());
        let row = TokenRow {
            hash: made.hash,
            id: "t".to_owned(),
            service: "sa:1".to_owned(),
            scope: TokenScope::default(),
            created: now,
            created_by: "os:0".to_owned(),
            expires: now + seconds * 1_000_000_000,
            used: 0,
        };
        assert!(self.store.add_token(&self.by, row, 1).await.unwrap());
        let value = format!("Bearer {}", made.text.expose_secret());
        let value = HeaderValue::from_str(&value).unwrap();
        HeaderMap::from_iter([(header::AUTHORIZATION, value)])
    }

    /// Who shows the token so many milliseconds from now.
    async fn shows(&self, headers: &HeaderMap, milliseconds: i64) -> Result<Caller, Unnamed> {
        let start: Timestamp = NOW.parse().unwrap();
        let from = Origin {
            ip: Ipv4Addr::LOCALHOST.into(),
            tls: false,
            host: "localhost",
            now: start + SignedDuration::from_millis(milliseconds),
        };
        let named = self.authn.name(&self.store, headers, &from).await?;
        Ok(named.caller)
    }

    /// When the token was last used, in seconds from now.
    async fn used(&self) -> i64 {
        let now = crate::clock::nanoseconds(NOW.parse().unwrap());
        let (token, _) = self.store.token_by_id("t").await.unwrap().unwrap();
        (token.used - now) / 1_000_000_000
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_to_the_moment_though_it_is_remembered() {
    let stage = stage().await;
    let headers = stage.token(90).await;
    for (milliseconds, used) in [(0, 0), (59_000, 0), (61_000, 61), (89_999, 61)] {
        let caller = stage.shows(&headers, milliseconds).await.unwrap();
        let Caller::Person(person) = &caller else {
            panic!("{caller:?}");
        };
        let groups: Vec<&str> = person.groups.iter().map(|group| group.as_str()).collect();
        assert_eq!(groups, ["local:services", "local:users"]);
        assert_eq!(
            stage.used().await,
            used,
            "noted once a minute: {milliseconds}"
        );
        assert!(
            stage
                .authn
                .renew(&stage.store, &caller, NOW.parse().unwrap())
                .await
                .is_some()
        );
    }
    let over = stage.shows(&headers, 90_000).await;
    let expired = |over: &Result<Caller, Unnamed>| matches!(over, Err(Unnamed::Token(TokenFault::Expired(id))) if id == "t");
    assert!(expired(&over));
    stage.authn.forget_all();
    assert!(expired(&stage.shows(&headers, 90_000).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_service_is_nobody_in_memory_too() {
    let stage = stage().await;
    let headers = stage.token(90).await;
    let caller = stage.shows(&headers, 0).await.unwrap();
    stage
        .store
        .disable_service(&stage.by, "sa:1", true)
        .await
        .unwrap();
    stage.authn.forget_user("sa:1");
    let refused = stage.shows(&headers, 1).await;
    assert!(matches!(
        refused,
        Err(Unnamed::Token(TokenFault::Disabled(_)))
    ));
    let now = NOW.parse().unwrap();
    assert!(
        stage
            .authn
            .renew(&stage.store, &caller, now)
            .await
            .is_none()
    );
}
