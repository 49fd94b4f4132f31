//! A new app: read, inspected, stored and served, without any right yet.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sandbox::SourceError;
use serde_json::json;

use super::{
    LifecycleError, auth,
    draft::Draft,
    install::{Stored, instance_id},
    report,
};
use crate::{
    admin::Context,
    authority::Authority,
    catalog::{Address, Installed},
    dev, signin,
    store::{Env, NewApp},
    wire::{Change, CreateApp},
};

/// Installs the app at `address`; with `dry_run` only tells what it would be.
pub(crate) async fn create(
    context: &Context,
    authority: &Authority,
    (address, env): (&Address, Env),
    request: &CreateApp,
) -> Result<(Change, Option<Arc<Installed>>), LifecycleError> {
    let state = context.state();
    let auth = auth::read(&state.config, &request.auth)?;
    let _turn = context.turn().await?;
    free(context, address)?;
    let id = format!("app_{}", uuid::Uuid::now_v7().simple());
    let source = real(env, &request.source).await?;
    let folder = source.to_string_lossy();
    let instance = instance_id(&id, env);
    let draft = Draft::read(state, (&instance, address), &folder, &request.params).await?;
    let mut change = report::drafted(state, address, &draft, None);
    if request.dry_run {
        return Ok((
            Change {
                dry_run: true,
                ..change
            },
            None,
        ));
    }
    let published = auth::publish(context, &auth, address.space()).await?;
    let facts = json!({
        "path": address.to_string(), "version": 1, "spec_hash": draft.spec_hash, "env": env.name(), "auth": auth.name(),
    });
    context
        .note(
            "change.created",
            ("App", &id),
            facts,
            json!({"source": folder, "params": request.params}),
        )
        .await?;
    let app = NewApp {
        id: id.clone(),
        host: address.host().to_owned(),
        path: address.path().to_owned(),
        source: folder.into_owned(),
        env,
        auth,
        params: request.params.clone(),
        first: draft.version(context.now_ns(), context.who())?,
    };
    let result = state.store.insert_app(authority, app).await;
    if let Some(published) = published {
        published.close_with(&result);
    }
    result?;
    let installed = Stored::at(&state.store, address)
        .await?
        .install((&state.sandbox, &state.config), Arc::clone(&draft.source))?;
    state
        .catalog
        .rcu(|catalog| catalog.with(Arc::clone(&installed)));
    if env == Env::Dev {
        dev::follow(state, &installed, &source, &draft.source);
    }
    (change.id, change.version) = (id, 1);
    Ok((change, Some(installed)))
}

/// The folder to read. Of an app in development only the real path is followed: a link could lead elsewhere later.
async fn real(env: Env, source: &Path) -> Result<PathBuf, LifecycleError> {
    let path = source.to_owned();
    if env != Env::Dev || path.is_relative() {
        return Ok(path);
    }
    let found = tokio::task::spawn_blocking(move || {
        std::fs::canonicalize(&path).map_err(|source| SourceError::Read { path, source })
    });
    Ok(found.await??)
}

/// Fails when something is in the way at `address`.
fn free(context: &Context, address: &Address) -> Result<(), LifecycleError> {
    if signin::is_login_host(context.state(), address.host()) {
        return Err(LifecycleError::LoginHost(address.host().to_owned()));
    }
    let catalog = context.state().catalog.load();
    if catalog.at(address).is_some() {
        return Err(LifecycleError::Taken(address.to_string()));
    }
    match catalog.nested(address) {
        Some(other) => Err(LifecycleError::Nested(
            address.to_string(),
            other.address.to_string(),
        )),
        None => Ok(()),
    }
}
