//! Operations on users and their sessions.

use serde_json::json;

use super::{Context, update};
use crate::{
    authority::Authority,
    clock,
    store::{NewUser, UserRow},
    wire::{
        AddUser, Added, Class, Nothing, Problem, Revoke, RevokeSessions, Revoked, SessionSummary,
        Sessions, UserName, UserSummary, Users,
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
        groups,
    } = request;
    named("user", &name)?;
    let groups = self::groups(groups)?;
    let hash = update::hash(password).await?;
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
    let mut users = Vec::new();
    for user in context.state().store.users().await? {
        users.push(summary(context, user).await?);
    }
    Ok(Users { users })
}

/// What is told of a user.
pub(super) async fn summary(context: &Context, user: UserRow) -> Result<UserSummary, Problem> {
    let state = context.state();
    let key = state.authn.failures_key(&user.name);
    let locked = state.store.failures(&key).await?.map(|(_, until)| until);
    let now = clock::nanoseconds((state.now)());
    Ok(UserSummary {
        name: user.name,
        id: user.id,
        groups: user.groups,
        disabled: user.disabled,
        otp: user.otp.is_some(),
        locked: locked.filter(|until| now < *until).map(time),
        created: time(user.created),
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
            user: local.unwrap_or_else(|| row.user.clone()),
            name: row.signed.name,
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
    request: RevokeSessions,
) -> Result<Revoked, Problem> {
    let state = context.state();
    let which = match request.which {
        // People of providers are named by their id.
        Revoke::User(name) if !name.contains(':') => Revoke::User(user_id(context, &name).await?),
        which => which,
    };
    if request.dry_run {
        let rows = state.store.sign_ins().await?.into_iter();
        let meant = rows.filter(|(row, _)| match &which {
            Revoke::User(id) => row.user == *id,
            Revoke::Session(id) => id.len() >= SHORTEST && row.id.starts_with(id.as_str()),
            Revoke::All => true,
        });
        return Ok(Revoked {
            sessions: meant.count(),
            dry_run: true,
        });
    }
    let sessions = match which {
        Revoke::All => {
            let sessions = state.store.revoke_sign_in(by, "").await?;
            state.authn.forget_all();
            sessions
        }
        Revoke::User(id) => {
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
    Ok(Revoked {
        sessions,
        dry_run: false,
    })
}

async fn user_id(context: &Context, name: &str) -> Result<String, Problem> {
    Ok(user(context, name).await?.id)
}

/// The user who signs in as `name`.
pub(super) async fn user(context: &Context, name: &str) -> Result<UserRow, Problem> {
    let user = context.state().store.user_by_name(name).await?;
    user.ok_or_else(|| {
        Problem::new(
            Class::NotFound,
            format!("no such user `{name}`; see `sallyport user list`"),
        )
    })
}

/// Names of groups, each once.
pub(super) fn groups(mut groups: Vec<String>) -> Result<Vec<String>, Problem> {
    groups.iter().try_for_each(|group| named("group", group))?;
    groups.sort();
    groups.dedup();
    Ok(groups)
}

/// Names are typed by people, shown in tables and told to apps: plain characters only, none that look alike.
pub(super) fn named(what: &str, name: &str) -> Result<(), Problem> {
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

pub(super) fn time(ns: i64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(ns))
        .map(|time| format!("{time:.0}"))
        .unwrap_or_default()
}
