//! Asking a provider again about somebody who is signed in: may they still be, and in which groups.
//!
//! Refresh tokens are good once, so for each sign-in one request asks and the others wait for its answer; what was
//! asked is also kept when the client hangs up meanwhile. A provider that does not answer is left alone for a while
//! and the session goes on within its limits; one that says no ends it.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use audit::{Outcome, Status};
use lru::LruCache;
use policy::{Caller, Moment, Person, RefusedKind, SessionCall, SessionKind};

use super::{kept, purpose};
use crate::{
    authn::{self, Closing},
    clock,
    state::State,
    store::{SignInRow, StoreError},
};

const TURNS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();
/// How long a provider that did not answer is left alone, nanoseconds.
const PATIENCE: i64 = 30 * 1_000_000_000;

/// Held by whoever asks; the provider is left alone until then, Unix nanoseconds.
type Turn = tokio::sync::Mutex<i64>;

/// Whose turn it is to ask, by sign-in.
pub struct Refresh(Mutex<LruCache<String, Arc<Turn>>>);

impl Refresh {
    /// Nobody's yet.
    pub fn new() -> Refresh {
        Refresh(Mutex::new(LruCache::new(TURNS)))
    }

    fn turn(&self, sign_in: &str) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.get_or_insert(sign_in.to_owned(), Arc::default))
    }
}

/// What came of a refresh.
enum Asked {
    Renewed,
    Later,
    Over,
}

/// Asks the provider about the sign-in, unless somebody else just has; afterwards the session is what it now is.
pub async fn refresh(state: &Arc<State>, sign_in: &str, moment: &Moment) -> Result<(), StoreError> {
    let mut turn = state.sign_ins.refresh.turn(sign_in).lock_owned().await;
    let (state, sign_in, moment) = (Arc::clone(state), sign_in.to_owned(), moment.clone());
    // A task of its own, one for each sign-in: the provider's next token must not be lost with the request.
    let task = tokio::spawn(async move {
        let settled = settle(&state, &sign_in, &moment, &mut turn).await;
        drop(turn);
        settled
    });
    task.await.unwrap_or(Err(StoreError::Closed))
}

async fn settle(
    state: &State,
    sign_in: &str,
    moment: &Moment,
    until: &mut i64,
) -> Result<(), StoreError> {
    let Some(row) = state.store.find_sign_in(sign_in).await? else {
        state.authn.forget_sign_in(sign_in);
        return Ok(());
    };
    let now = clock::nanoseconds(moment.now);
    if !state.authn.sessions().is_due(&row, now) {
        return Ok(());
    }
    // Whoever waited while the provider did not answer does not wait for it once more.
    if now < *until {
        state.authn.sessions().postpone(sign_in, *until);
        return Ok(());
    }
    match ask(state, &row, moment).await? {
        Asked::Renewed => state.authn.forget_sign_in(sign_in),
        Asked::Later => {
            *until = clock::nanoseconds((state.now)()).saturating_add(PATIENCE);
            state.authn.sessions().postpone(sign_in, *until);
        }
        // Where policy keeps it, it stays due, and its requests are nobody's.
        Asked::Over => {
            end(state, &row, moment).await?;
        }
    }
    Ok(())
}

async fn ask(state: &State, row: &SignInRow, moment: &Moment) -> Result<Asked, StoreError> {
    let Some(person) = authn::remembered(row) else {
        return Ok(Asked::Over);
    };
    let call = SessionCall {
        kind: SessionKind::Refresh,
        request: (),
    };
    let caller = Caller::Person(Arc::new(person.clone()));
    let permit = match state.gate.admit(&caller, call, moment).await {
        Ok(permit) => permit,
        // Nothing can be recorded now, so nothing is asked; it says nothing of the person.
        Err(refused) if refused.kind == RefusedKind::Unwritable => return Ok(Asked::Later),
        Err(_) => return Ok(Asked::Over),
    };
    let (SessionCall { .. }, open) = permit.spend();
    let (asked, class) = match renew(state, row, &person, moment).await {
        Ok((renewed, tokens)) => {
            let signed = authn::signed(&renewed);
            let refreshed = clock::nanoseconds(moment.now);
            let kept = (signed, Some(tokens));
            state
                .store
                .renew_sign_in(&open, &row.id, kept, refreshed)
                .await?;
            (Asked::Renewed, None)
        }
        Err(Failed::Later(code)) => (Asked::Later, Some(code)),
        Err(Failed::Over(code)) => (Asked::Over, Some(code)),
    };
    match class {
        None => open.close(Outcome::new(Status::Success)),
        Some(code) => open.close(Outcome {
            error_class: Some(code.to_owned()),
            ..Outcome::new(Status::Failure)
        }),
    }
    Ok(asked)
}

enum Failed {
    Later(&'static str),
    Over(&'static str),
}

async fn renew(
    state: &State,
    row: &SignInRow,
    person: &Person,
    moment: &Moment,
) -> Result<(Person, Vec<u8>), Failed> {
    let gone = || Failed::Over("provider-gone");
    let provider = state.providers.oidc.get(&row.provider).ok_or_else(gone)?;
    let purpose = purpose(&row.user);
    let sealed = row.tokens.as_deref().ok_or_else(gone)?;
    let plain = state
        .seal
        .unseal(&purpose, sealed)
        .map_err(|_| Failed::Over("sealed"))?;
    let tokens = kept(&plain).ok_or(Failed::Over("sealed"))?;
    let asked = provider
        .library
        .refresh(&tokens, &row.signed.subject, moment.now)
        .await;
    let renewed = asked.map_err(|error| {
        tracing::warn!(provider = row.provider, user = row.user, %error, "cannot refresh a sign-in");
        match error.is_temporary() {
            true => Failed::Later(error.code()),
            false => Failed::Over(error.code()),
        }
    })?;
    let (person, tokens) = provider.renewed(person, renewed).ok_or_else(gone)?;
    let sealed = state
        .seal
        .seal(&purpose, &tokens)
        .map_err(|_| Failed::Later("sealed"))?;
    Ok((person, sealed))
}

/// Ends a sign-in that its provider ended; answers whether it could be: policy may forbid it, or nothing be recorded.
pub async fn end(state: &State, row: &SignInRow, moment: &Moment) -> Result<bool, StoreError> {
    let caller = match authn::remembered(row) {
        Some(person) => Caller::Person(Arc::new(person)),
        None => Caller::Anonymous,
    };
    let call = SessionCall {
        kind: SessionKind::Close,
        request: Closing {
            sign_in: row.id.clone(),
        },
    };
    match state.gate.admit(&caller, call, moment).await {
        Ok(permit) => {
            let open = state.authn.sessions().close(&state.store, permit).await?;
            open.close(Outcome::new(Status::Success));
            Ok(true)
        }
        Err(refused) => {
            tracing::warn!(
                record = refused.id,
                "a sign-in that its provider ended goes on: to end it was refused"
            );
            Ok(false)
        }
    }
}
