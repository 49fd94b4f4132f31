//! The store: what is written comes back, what must be unique is, what is deleted is gone.

use std::collections::BTreeMap;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::authority::{self, Authority};

async fn fixture() -> (TempDir, Store, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("metadata.db")).unwrap();
    let by = authority::tests::authority(folder.path()).await;
    (folder, store, by)
}

fn user(name: &str) -> NewUser {
    let groups = vec!["users".to_owned(), "admins".to_owned()];
    NewUser {
        id: format!("local:{name}"),
        name: name.to_owned(),
        hash: "phc".to_owned(),
        groups,
        created: 1,
    }
}

fn version(text: &'static str) -> NewVersion {
    NewVersion {
        spec_hash: format!("hash of {text}"),
        inspection: "{}".to_owned(),
        policies: "[]".to_owned(),
        files: BTreeMap::from([("app.star".to_owned(), Bytes::from_static(text.as_bytes()))]),
        created: 2,
        created_by: "os:0".to_owned(),
    }
}

fn app(id: &str, path: &str) -> NewApp {
    NewApp {
        auth: AppAuth::default(),
        id: id.to_owned(),
        host: String::new(),
        path: path.to_owned(),
        source: "/src".to_owned(),
        env: crate::store::Env::Prod,
        params: BTreeMap::from([("a".to_owned(), "1".to_owned())]),
        first: version("one"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users() {
    let (_folder, store, by) = fixture().await;
    store.add_user(&by, user("ana")).await.unwrap();
    let again = store
        .add_user(
            &by,
            NewUser {
                id: "local:other".to_owned(),
                ..user("ana")
            },
        )
        .await;
    assert_eq!(again.unwrap_err().to_string(), "user `ana` exists already");
    let found = store.user_by_name("ana").await.unwrap().unwrap();
    assert_eq!(
        (found.id.as_str(), found.groups),
        ("local:ana", vec!["admins".to_owned(), "users".to_owned()])
    );
    assert!(store.user_by_name("Ana").await.unwrap().is_none());
    store.delete_user(&by, "ana").await.unwrap();
    assert!(store.user_by_id("local:ana").await.unwrap().is_none());
    assert_eq!(
        store
            .delete_user(&by, "ana")
            .await
            .err()
            .unwrap()
            .to_string(),
        "no such user `ana`"
    );
    by.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_versions_and_approvals() {
    let (_folder, store, by) = fixture().await;
    store.insert_app(&by, app("app_1", "/a")).await.unwrap();
    assert!(matches!(
        store.insert_app(&by, app("app_2", "/a")).await,
        Err(StoreError::Exists(_))
    ));
    assert!(
        store
            .add_to_set(&by, "exec-allowed", "app_1")
            .await
            .unwrap()
    );
    assert!(
        !store
            .add_to_set(&by, "exec-allowed", "app_1")
            .await
            .unwrap()
    );
    assert_eq!(
        store
            .insert_version(&by, "app_1", version("two"))
            .await
            .unwrap(),
        2
    );
    let found = store.find_app("", "/a").await.unwrap().unwrap();
    assert_eq!(
        (found.version, found.sets.len(), found.params.len()),
        (2, 1, 1)
    );
    assert_eq!(
        store
            .files("app_1", 1)
            .await
            .unwrap()
            .get("app.star")
            .unwrap(),
        "one"
    );
    assert_eq!(
        store.version("app_1", 2).await.unwrap().unwrap().spec_hash,
        "hash of two"
    );
    assert!(store.approval("app_1").await.unwrap().is_none());
    let approval = |seq| ApprovalRow {
        app: "app_1".to_owned(),
        version: 1,
        spec_hash: "h".to_owned(),
        policies: "[]".to_owned(),
        approved: 3,
        approved_by: "os:0".to_owned(),
        seq,
    };
    store.insert_approval(&by, approval(7)).await.unwrap();
    store.insert_approval(&by, approval(9)).await.unwrap();
    assert_eq!(store.approval("app_1").await.unwrap(), Some(approval(9)));
    let in_a_new_log = ApprovalRow {
        version: 2,
        ..approval(1)
    };
    store
        .insert_approval(&by, in_a_new_log.clone())
        .await
        .unwrap();
    assert_eq!(store.approval("app_1").await.unwrap(), Some(in_a_new_log));
    store.delete_app(&by, "app_1").await.unwrap();
    assert!(store.apps().await.unwrap().is_empty());
    assert!(store.files("app_1", 1).await.unwrap().is_empty());
    by.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_with_their_user() {
    let (folder, store, by) = fixture().await;
    store.add_user(&by, user("ana")).await.unwrap();
    // Opening a session is the edge's; here only the row matters.
    let connection = rusqlite::Connection::open(folder.path().join("metadata.db")).unwrap();
    for (id, expires) in [("aa11", 100), ("aa22", 200), ("bb33", 300)] {
        let person = serde_json::json!({
            "name": "ana", "subject": "ana", "email": null, "groups": [], "method": "password",
            "mfa": false, "amr": [], "acr": "", "at": 1
        });
        connection
            .execute(
                "INSERT INTO sign_ins VALUES (?1, 'local:ana', 'local', ?3, NULL, 1, 1, ?2, 1, NULL)",
                (id, expires, person.to_string()),
            )
            .unwrap();
        let hash = format!("hash of {id}");
        connection
            .execute(
                "INSERT INTO sessions VALUES (?1, ?2, 'apps.example', 1)",
                (hash, id),
            )
            .unwrap();
    }
    assert_eq!(store.sweep_sign_ins(100, 0).await.unwrap(), 1);
    assert!(
        store
            .session_sign_in("hash of aa11")
            .await
            .unwrap()
            .is_none()
    );
    for seen in [50, 40] {
        store
            .touch_sign_ins(vec![("aa22".into(), seen)])
            .await
            .unwrap();
    }
    let (row, host) = store
        .session_sign_in("hash of aa22")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.seen, host.as_str()), (50, "apps.example"));
    assert_eq!(store.sign_ins().await.unwrap().len(), 2);
    assert_eq!(store.revoke_sign_in(&by, "aa").await.unwrap(), 1);
    assert_eq!(store.revoke_sign_in(&by, "a_").await.unwrap(), 0);
    store.delete_user(&by, "ana").await.unwrap();
    assert!(store.sign_ins().await.unwrap().is_empty());
    by.done();
}

#[test]
fn newer_databases_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Newer(99, _))));
}

#[test]
fn opening_twice_keeps_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metadata.db");
    drop(Store::open(&path).unwrap());
    drop(Store::open(&path).unwrap());
}
