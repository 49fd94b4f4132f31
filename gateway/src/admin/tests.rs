//! The admin API over a real socket: who may, what is refused, and that every request is recorded.

use std::sync::Arc;

use policy::AdminAction;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Config, Home, State, boot,
    client::{Client, ClientError},
    socket,
    wire::Class,
};

async fn server() -> (TempDir, Arc<State>, Client) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::locate(Some(folder.path().join("home"))).unwrap();
    boot::prepare(&home).unwrap();
    let config = Config::parse("test", "[audit]\npreallocate_mb = 0\n").unwrap();
    let state = boot::build(&home, config).await.unwrap();
    let listener = socket::listen(&home.socket()).unwrap();
    tokio::spawn(super::serve(Arc::clone(&state), listener));
    (folder, state, Client::new(home))
}

async fn ask(client: &Client, action: AdminAction, body: Value) -> Result<Value, Class> {
    client
        .ask(action, &body)
        .await
        .map_err(|error| match error {
            ClientError::Problem(problem) => problem.class,
            other => unreachable!("{other:?}"),
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn users_and_refusals() {
    let (_folder, state, client) = server().await;
    let add = json!({"name": "ana", "password": "correct horse", "groups": ["users"]});
    assert!(
        ask(&client, AdminAction::UserAdd, add.clone())
            .await
            .is_ok()
    );
    assert_eq!(
        ask(&client, AdminAction::UserAdd, add).await,
        Err(Class::Conflict)
    );
    let louder = json!({"name": "ANA", "password": "correct horse"});
    assert_eq!(
        ask(&client, AdminAction::UserAdd, louder).await,
        Err(Class::Conflict)
    );
    let wide = json!({"name": "\u{ff41}na", "password": "correct horse"});
    assert_eq!(
        ask(&client, AdminAction::UserAdd, wide).await,
        Err(Class::Invalid)
    );
    let short = json!({"name": "bo", "password": "short", "groups": []});
    assert_eq!(
        ask(&client, AdminAction::UserAdd, short).await,
        Err(Class::Invalid)
    );
    let typo = json!({"name": "bo", "pasword": "correct horse"});
    assert_eq!(
        ask(&client, AdminAction::UserAdd, typo).await,
        Err(Class::Invalid)
    );
    let odd = json!({"name": "a\u{1b}b", "password": "correct horse"});
    assert_eq!(
        ask(&client, AdminAction::UserAdd, odd).await,
        Err(Class::Invalid)
    );
    let list = ask(&client, AdminAction::UserList, json!({}))
        .await
        .unwrap();
    assert_eq!(list.pointer("/users/0/name"), Some(&json!("ana")));
    assert_eq!(
        ask(&client, AdminAction::AppRead, json!({"path": "/none"})).await,
        Err(Class::NotFound)
    );
    assert_eq!(
        ask(&client, AdminAction::UserDelete, json!({"name": "bo"})).await,
        Err(Class::NotFound)
    );
    ask(&client, AdminAction::UserDelete, json!({"name": "ana"}))
        .await
        .unwrap();
    assert!(state.store.users().await.unwrap().is_empty());
    let policies = ask(
        &client,
        AdminAction::PolicyRead,
        json!({"layer": "guardrails"}),
    )
    .await
    .unwrap();
    assert!(policies.to_string().contains("g.exec"));
    state.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_in_the_log() {
    let (_folder, state, client) = server().await;
    ask(&client, AdminAction::SystemStatus, json!({}))
        .await
        .unwrap();
    ask(&client, AdminAction::UserList, json!({"typo": 1}))
        .await
        .unwrap_err();
    let list = json!({"list": {"action": "*", "limit": 100}});
    let records = ask(&client, AdminAction::AuditRead, list).await.unwrap();
    let text = records.to_string();
    for expected in ["system.status", "r.bad-request", "os:", "boot"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    state.stop();
}
