//! What the demo does to its fresh server: two users, four apps, two sets, one secret.

use std::{collections::BTreeMap, fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt};

use policy::AdminAction;
use secrecy::{ExposeSecret, SecretString};

use super::{examples, upstream};
use crate::{
    Home,
    cli::{password::random_password, terminal::Failure},
    client::Client,
    wire::{AddUser, Added, Change, CreateApp, Nothing, Password, SetApp, SetChanged},
};

/// A user of the demo.
pub(super) struct Made {
    /// What the user signs in with.
    pub name: &'static str,
    /// The password.
    pub password: SecretString,
}

/// Sets everything up; answers who can sign in.
pub(super) async fn run(home: &Home, client: &Client) -> Result<Vec<Made>, Failure> {
    let key = random_password()?;
    secret(home, "weather_key", &key)?;
    let upstream = upstream::start(key).await?;
    let people = vec![
        user(client, "ops", "admins").await?,
        user(client, "dev", "users").await?,
    ];
    let params = |names: &[(&str, String)]| -> BTreeMap<String, String> {
        names
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect()
    };
    let here = format!("http://{upstream}");
    let elsewhere = format!("http://127.0.0.2:{}", upstream.port());
    for name in ["disk_usage", "addressbook"] {
        app(home, client, name, BTreeMap::new()).await?;
    }
    app(
        home,
        client,
        "weather",
        params(&[("upstream", here.clone())]),
    )
    .await?;
    app(
        home,
        client,
        "denied",
        params(&[("upstream", here), ("elsewhere", elsewhere)]),
    )
    .await?;
    set(client, "exec-allowed", "/disk_usage").await?;
    set(client, "egress-internal", "/weather").await?;
    // In both, so that only its approval stands between it and the rest.
    set(client, "exec-allowed", "/denied").await?;
    set(client, "egress-internal", "/denied").await?;
    Ok(people)
}

/// Ends the demo's server.
pub(super) async fn stop(client: &Client) {
    let asked: Result<Nothing, _> = client.ask(AdminAction::SystemStop, &Nothing {}).await;
    if let Err(error) = asked {
        tracing::warn!(%error, "cannot stop the demo");
    }
}

async fn user(client: &Client, name: &'static str, group: &str) -> Result<Made, Failure> {
    let password = random_password()?;
    let request = AddUser {
        name: name.to_owned(),
        password: Password(password.clone()),
        groups: vec![group.to_owned()],
    };
    let _: Added = client.ask(AdminAction::UserAdd, &request).await?;
    Ok(Made { name, password })
}

async fn app(
    home: &Home,
    client: &Client,
    name: &str,
    params: BTreeMap<String, String>,
) -> Result<(), Failure> {
    let source = examples::folder(home, name);
    let request = CreateApp {
        auth: String::new(),
        path: format!("/{name}"),
        source,
        params,
        approve: false,
        dry_run: false,
    };
    let _: Change = client.ask(AdminAction::AppCreate, &request).await?;
    Ok(())
}

async fn set(client: &Client, set: &str, path: &str) -> Result<(), Failure> {
    let request = SetApp {
        set: set.to_owned(),
        path: path.to_owned(),
    };
    let _: SetChanged = client.ask(AdminAction::SetAdd, &request).await?;
    Ok(())
}

fn secret(home: &Home, name: &str, value: &SecretString) -> Result<(), Failure> {
    let mut file = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(home.secrets().join(name))?;
    file.write_all(value.expose_secret().as_bytes())?;
    Ok(())
}
