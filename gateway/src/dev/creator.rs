//! In whose name the watcher reloads an app: the one who created it, with the groups of today.
//!
//! Whoever lost the right to update the app, or lost the account, no longer has it reloaded.

use jiff::Timestamp;
use policy::{Authentication, Caller, Moment, Net};

use crate::{State, StoreError, admin, authn, store::AppRow};

/// What policies read as `context.auth.method`.
const METHOD: &str = "watch";

/// The creator of `app`, or nobody when the account is gone.
pub(super) async fn creator(state: &State, app: &AppRow) -> Result<Caller, StoreError> {
    let at = Timestamp::from_nanosecond(app.created.into()).unwrap_or(Timestamp::UNIX_EPOCH);
    let auth = Authentication::plain(METHOD, at);
    let uid = app.created_by.strip_prefix("os:");
    if let Some(uid) = uid.and_then(|uid| uid.parse().ok()) {
        return Ok(admin::local(uid, state.owner, auth));
    }
    let user = state.store.user_by_id(&app.created_by).await?;
    Ok(user.map_or(Caller::Anonymous, |user| authn::account(&user, auth)))
}

/// Now, inside the server.
pub(super) fn moment(state: &State) -> Moment {
    Moment {
        now: (state.now)(),
        trace: uuid::Uuid::now_v7().simple().to_string(),
        parent: None,
        net: Net {
            ip: std::net::Ipv4Addr::LOCALHOST.into(),
            tls: false,
            unix: false,
        },
    }
}
