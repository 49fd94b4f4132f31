//! `user.update`: what operators change of a user. Each change counts from the next request on.

use serde_json::{Value, json};

use super::{Context, users};
use crate::{
    authn::{otp, password},
    authority::Authority,
    store::{UserChange, UserRow},
    wire::{Class, OtpSecret, Password, Problem, UpdateUser, UserUpdate, UserUpdated},
};

/// A change that is ready to be made.
struct Planned {
    /// Nothing for what is not the account itself: the lock of its name.
    change: Option<UserChange>,
    kind: &'static str,
    facts: Value,
    changed: bool,
    otp: Option<OtpSecret>,
}

/// `user.update`.
pub(super) async fn update(
    context: &Context,
    by: &Authority,
    request: UpdateUser,
) -> Result<UserUpdated, Problem> {
    let state = context.state();
    let user = users::user(context, &request.name).await?;
    let planned = plan(context, &user, request.change).await?;
    let mut done = UserUpdated {
        changed: planned.changed,
        sign_ins: 0,
        otp: None,
        dry_run: request.dry_run,
        user: users::summary(context, user.clone()).await?,
    };
    if request.dry_run || !planned.changed {
        return Ok(done);
    }
    let detail = json!({"name": user.name});
    let target = ("User", user.id.as_str());
    context
        .note(planned.kind, target, planned.facts, detail)
        .await?;
    match planned.change {
        Some(change) => done.sign_ins = state.store.change_user(by, &user.id, change).await?,
        None => {
            let key = state.authn.failures_key(&user.name);
            state.store.unlock(by, &key).await?;
        }
    }
    state.authn.forget_user(&user.id);
    done.user = users::summary(context, users::user(context, &user.name).await?).await?;
    done.otp = planned.otp;
    Ok(done)
}

async fn plan(context: &Context, user: &UserRow, update: UserUpdate) -> Result<Planned, Problem> {
    let plain = |change, kind, changed| Planned {
        change,
        kind,
        facts: json!({}),
        changed,
        otp: None,
    };
    Ok(match update {
        UserUpdate::Disable => {
            let change = Some(UserChange::Disabled(true));
            plain(change, "change.user-disabled", !user.disabled)
        }
        UserUpdate::Enable => {
            let change = Some(UserChange::Disabled(false));
            plain(change, "change.user-enabled", user.disabled)
        }
        UserUpdate::Password(password) => {
            let hash = hash(password).await?;
            let change = Some(UserChange::Hash(hash));
            plain(change, "change.user-password", true)
        }
        UserUpdate::Groups(groups) => {
            let groups = users::groups(groups)?;
            let changed = groups != user.groups;
            Planned {
                facts: json!({"groups": groups, "before": user.groups}),
                ..plain(
                    Some(UserChange::Groups(groups)),
                    "change.user-groups",
                    changed,
                )
            }
        }
        UserUpdate::Unlock => {
            let key = context.state().authn.failures_key(&user.name);
            let changed = context.state().store.failures(&key).await?.is_some();
            plain(None, "change.user-unlocked", changed)
        }
        UserUpdate::Otp => second_factor(context, user)?,
        UserUpdate::NoOtp => {
            let change = Some(UserChange::Otp(None));
            plain(change, "change.user-otp-removed", user.otp.is_some())
        }
    })
}

fn second_factor(context: &Context, user: &UserRow) -> Result<Planned, Problem> {
    let failed = |error: &dyn std::error::Error| Problem::new(Class::Failed, super::chain(error));
    let made = otp::make(&user.name).map_err(|error| failed(&error))?;
    let purpose = otp::purpose(&user.id);
    let sealed = context.state().seal.seal(&purpose, &made.secret);
    Ok(Planned {
        change: Some(UserChange::Otp(Some(
            sealed.map_err(|error| failed(&error))?,
        ))),
        kind: "change.user-otp",
        facts: json!({"replaced": user.otp.is_some()}),
        changed: true,
        otp: Some(OtpSecret {
            secret: Password(made.text.into()),
            uri: Password(made.uri.into()),
        }),
    })
}

/// Hashes a new password off the async threads.
pub(super) async fn hash(password: Password) -> Result<String, Problem> {
    let hash = tokio::task::spawn_blocking(move || password::hash(&password.0)).await?;
    hash.map_err(|error| Problem::new(Class::Invalid, error.to_string()))
}
