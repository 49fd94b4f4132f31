//! Operations on users and their sessions.

use serde_json::json;

use super::Context;
use crate::{
    authn::password,
    authority::Authority,
    store::NewUser,
    wire::{
        AddUser, Added, Class, Nothing, Problem, Revoke, Revoked, SessionSummary, Sessions,
        UserName, UserSummary, Users,
    },
};

/// Less of an id could name several sessions.
const SHORTEST: usize = 16;

/// `user.add`.
pub(super) async fn add(
    context: &Context,
    by: &Authority,
    request: AddUser,
) -> Result<Added, Problem> {
    let AddUser {
        name,
        password,
        mut groups,
    } = request;
    named("user", &name)?;
    groups.iter().try_for_each(|group| named("group", group))?;
    groups.sort();
    groups.dedup();
    let hash = tokio::task::spawn_blocking(move || password::hash(&password.0)).await?;
    let hash = hash.map_err(|error| Problem::new(Class::Invalid, error.to_string()))?;
    let id = format!("local:{}", uuid::Uuid::now_v7());
    context
        .note(
            "change.user-added",
            ("User", &id),
            json!({"groups": groups}),
            json!({"name": name}),
        )
        .await?;
    let user = NewUser {
        id: id.clone(),
        name: name.clone(),
        hash,
        groups: groups.clone(),
        created: context.now_ns(),
    };
    context.state().store.add_user(by, user).await?;
    Ok(Added { id, name, groups })
}

/// `user.list`.
pub(super) async fn list(context: &Context) -> Result<Users, Problem> {
    let users = context
        .state()
        .store
        .users()
        .await?
        .into_iter()
        .map(|user| UserSummary {
            name: user.name,
            id: user.id,
            groups: user.groups,
            disabled: user.disabled,
            created: time(user.created),
        });
    Ok(Users {
        users: users.collect(),
    })
}

/// `user.delete`.
pub(super) async fn delete(
    context: &Context,
    by: &Authority,
    request: &UserName,
) -> Result<Nothing, Problem> {
    let state = context.state();
    let id = user_id(context, &request.name).await?;
    context
        .note(
            "change.user-deleted",
            ("User", &id),
            json!({}),
            json!({"name": request.name}),
        )
        .await?;
    state.store.delete_user(by, &request.name).await?;
    state.authn.forget_user(&id);
    Ok(Nothing {})
}

/// `session.list`.
pub(super) async fn sessions(context: &Context) -> Result<Sessions, Problem> {
    let store = &context.state().store;
    let names = store.user_names().await?;
    let sessions = store.sign_ins().await?.into_iter().map(|(row, hosts)| {
        let local = names.get(&row.user).cloned();
        SessionSummary {
            session: row.id,
            user: local.unwrap_or_else(|| format!("{}:{}", row.provider, row.signed.name)),
            id: row.user,
            method: row.signed.method,
            mfa: row.signed.mfa,
            hosts,
            created: time(row.created),
            seen: time(row.seen),
            expires: time(row.expires),
        }
    });
    Ok(Sessions {
        sessions: sessions.collect(),
    })
}

/// `session.revoke`.
pub(super) async fn revoke(
    context: &Context,
    by: &Authority,
    request: Revoke,
) -> Result<Revoked, Problem> {
    let state = context.state();
    let sessions = match request {
        Revoke::User(name) => {
            // People of providers are named by their id.
            let id = match name.contains(':') {
                true => name,
                false => user_id(context, &name).await?,
            };
            let sessions = state.store.revoke_user(by, &id).await?;
            state.authn.forget_user(&id);
            sessions
        }
        Revoke::Session(session) => {
            if session.len() < SHORTEST {
                return Err(Problem::new(
                    Class::Invalid,
                    format!("`{session}` is not a session; see `sallyport session list`"),
                ));
            }
            let sessions = state.store.revoke_sign_in(by, &session).await?;
            state.authn.forget_all();
            sessions
        }
    };
    Ok(Revoked { sessions })
}

async fn user_id(context: &Context, name: &str) -> Result<String, Problem> {
    let user = context.state().store.user_by_name(name).await?;
    let user = user.ok_or_else(|| {
        Problem::new(
            Class::NotFound,
            format!("no such user `{name}`; see `sallyport user list`"),
        )
    })?;
    Ok(user.id)
}

/// Names are typed by people, shown in tables and told to apps: plain characters only, none that look alike.
fn named(what: &str, name: &str) -> Result<(), Problem> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-@+".contains(c);
    if (1..=128).contains(&name.len()) && name.chars().all(good) {
        Ok(())
    } else {
        Err(Problem::new(
            Class::Invalid,
            format!("{what} `{name}` is not a name; use letters, digits and `._-@+`"),
        ))
    }
}

fn time(ns: i64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(ns))
        .map(|time| format!("{time:.0}"))
        .unwrap_or_default()
}
