//! Who asks: turns a session cookie or HTTP Basic credentials into a [`policy::Caller`].
//!
//! Nothing here decides what the caller may do; that is the gate's. Whatever is not a living session or
//! a right password is anonymous or [`Unnamed`], never a person. Sessions and checked credentials are
//! remembered in memory, so an ordinary request costs neither a store read nor a password hash; whoever
//! changes an account calls [`Authn::forget_user`], so that the change counts from the next request on.

mod basic;
mod cookie;
mod memory;
pub mod password;
mod person;
mod session;
mod throttle;

use std::net::IpAddr;

use http::HeaderMap;
use jiff::Timestamp;
use policy::{Authentication, Caller, Person};
use std::sync::Arc;
use thiserror::Error;

pub use basic::{Credentials, is_basic};
pub use cookie::{
    Binding, binding, binding_cookie, clear_cookie, session_cookie, strip_cookies, takes_our_name,
};
pub use person::{Proven, remembered, signed};
pub use session::{Beginning, Closing, Joining, Provided, SessionId};
pub use throttle::network;

use crate::{
    config::Login,
    store::{Store, StoreError, UserRow},
};
use basic::Known;
use password::{CheckError, Checker};
use session::Sessions;
use throttle::{Throttle, TooMany};

/// The provider of accounts that live here.
pub const LOCAL: &str = "local";

/// Whoever has this account, proven as `auth` says.
pub fn account(user: &UserRow, auth: Authentication) -> Caller {
    Caller::Person(Arc::new(person::new(user, auth)))
}

/// Names callers; one for the whole server.
pub struct Authn {
    sessions: Sessions,
    known: Known,
    throttle: Throttle,
    checker: Checker,
    basic: bool,
}

/// Why credentials named nobody.
#[derive(Debug, Error)]
pub enum Unnamed {
    /// The name or the password is wrong, or the account is switched off.
    #[error("the user name or the password is wrong")]
    Wrong {
        /// The name, if there is such a user; a name nobody has may be a mistyped password.
        known: Option<String>,
        /// The name as it was given.
        given: String,
    },
    /// Too many attempts.
    #[error("too many attempts to sign in; try again in {0} s")]
    TooMany(u64),
    /// Too many password checks at once.
    #[error("too many sign-ins at once; try again in a moment")]
    Busy,
    /// The store failed.
    #[error("cannot read accounts")]
    Store(#[from] StoreError),
}

impl Authn {
    /// Makes one with the limits of `login`; sign-ins of `providers` are good.
    pub fn new(login: &Login, providers: Vec<Provided>) -> Authn {
        let limits = (login.session_idle.duration(), login.session_max.duration());
        Authn {
            sessions: Sessions::new(limits, providers),
            known: Known::new(),
            throttle: Throttle::new(login.attempts.value()),
            checker: Checker::new(login.checks.size()),
            basic: login.basic,
        }
    }

    /// Whether HTTP Basic is offered to those who have to sign in.
    pub fn offers_basic(&self) -> bool {
        self.basic
    }

    /// Names the caller of a request.
    ///
    /// Credentials that are wrong are an error; a session that is damaged, ended or cannot be read is
    /// nobody's, so the caller is anonymous.
    pub async fn name(
        &self,
        store: &Store,
        headers: &HeaderMap,
        from: &Origin<'_>,
    ) -> Result<Named, Unnamed> {
        if self.basic
            && let Some(credentials) = Credentials::read(headers)
        {
            let person = self.basic_person(store, credentials, from).await?;
            return Ok(Named::of(Caller::Person(person)));
        }
        let Some(id) = cookie::session_id(headers, from.tls) else {
            return Ok(Named::of(Caller::Anonymous));
        };
        match self.sessions.find(store, (&id, from.host), from.now).await {
            Ok(Some(found)) => Ok(Named {
                caller: Caller::Person(found.person),
                due: found.due.then(|| Arc::clone(&found.sign_in)),
                sign_in: Some(found.sign_in),
            }),
            Ok(None) => Ok(Named::of(Caller::Anonymous)),
            Err(error) => {
                tracing::error!(%error, "cannot read a session; its request counts as anonymous");
                Ok(Named::of(Caller::Anonymous))
            }
        }
    }

    /// Checks a name and a password given in the login form; there is no session yet.
    pub async fn check(
        &self,
        store: &Store,
        credentials: Credentials,
        from: &Origin<'_>,
    ) -> Result<Proven, Unnamed> {
        let user = self.right_user(store, credentials, from).await?;
        Ok(Proven::local(
            &user,
            Authentication::plain("password", from.now),
        ))
    }

    /// The session id a request carries, whether or not it is anybody's.
    pub fn session_id(&self, headers: &HeaderMap, from: &Origin<'_>) -> Option<SessionId> {
        cookie::session_id(headers, from.tls)
    }

    /// Sessions: opened and closed only by the calls the gate admitted.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Grows whenever anything remembered of people is forgotten: accounts or sessions may have changed.
    pub fn generation(&self) -> u64 {
        let sessions = self.sessions.memory.generation();
        sessions.wrapping_add(self.known.memory.generation())
    }

    /// The caller of a request that takes long, as the account is now; nobody when the session or the account
    /// has ended or cannot be read.
    pub async fn renew(&self, store: &Store, caller: &Caller, now: Timestamp) -> Option<Caller> {
        let Caller::Person(person) = caller else {
            return Some(caller.clone());
        };
        let person = match &person.auth.session {
            Some(hash) => {
                let live = self.sessions.living(store, hash, now).await.ok()?;
                live.map(|live| live.person)
            }
            None => {
                let user = store.user_by_id(person.id.as_str()).await.ok()?;
                let user = user.filter(|user| !user.disabled);
                user.map(|user| Arc::new(person::from_password(&user, person.auth.at)))
            }
        };
        person.map(Caller::Person)
    }

    /// Forgets what is remembered of a user (`local:<uuid>`): call it after the account, its groups or
    /// its sessions changed.
    pub fn forget_user(&self, id: &str) {
        self.sessions.memory.forget_user(id);
        self.known.memory.forget_user(id);
    }

    /// Forgets what is remembered of the sessions of a sign-in.
    pub fn forget_sign_in(&self, sign_in: &str) {
        self.sessions.memory.forget_sign_in(sign_in);
    }

    /// Forgets every remembered session and credential: call it when many changed.
    pub fn forget_all(&self) {
        self.sessions.memory.forget_all();
        self.known.memory.forget_all();
    }

    async fn basic_person(
        &self,
        store: &Store,
        given: Credentials,
        from: &Origin<'_>,
    ) -> Result<Arc<Person>, Unnamed> {
        if let Some(person) = self.known.find(&given, from.now) {
            return Ok(person);
        }
        let key = self.known.key(&given);
        let lane = self
            .known
            .lane(key.as_ref())
            .await
            .map_err(|_| Unnamed::Busy)?;
        if let Some(person) = self.known.find(&given, from.now) {
            return Ok(person);
        }
        let generation = self.known.memory.generation();
        let user = self.right_user(store, given, from).await?;
        let person = Arc::new(person::from_password(&user, from.now));
        self.known
            .keep(key, Arc::clone(&person), generation, from.now);
        drop(lane);
        Ok(person)
    }

    async fn right_user(
        &self,
        store: &Store,
        given: Credentials,
        from: &Origin<'_>,
    ) -> Result<UserRow, Unnamed> {
        let attempt = self
            .throttle
            .begin(&given.name, from.ip, from.now)
            .map_err(|TooMany(seconds)| Unnamed::TooMany(seconds))?;
        let user = store.user_by_name(&given.name).await?;
        let stored = user.as_ref().map(|user| user.hash.clone());
        let checked = self.checker.check(given.password, stored).await;
        match (checked, user) {
            (Ok(()), Some(user)) if !user.disabled => {
                self.throttle.forgive(attempt);
                Ok(user)
            }
            (Err(CheckError::Busy), _) => {
                self.throttle.forgive(attempt);
                Err(Unnamed::Busy)
            }
            (_, user) => Err(Unnamed::Wrong {
                known: user.map(|user| user.name),
                given: given.name,
            }),
        }
    }
}

/// Who asks, and on whose word.
pub struct Named {
    /// Who.
    pub caller: Caller,
    /// The sign-in of the session, if there is one.
    pub sign_in: Option<Arc<str>>,
    /// The sign-in whose provider is to be asked again before the caller counts.
    pub due: Option<Arc<str>>,
}

impl Named {
    /// Nobody.
    pub fn nobody() -> Named {
        Named::of(Caller::Anonymous)
    }

    fn of(caller: Caller) -> Named {
        Named {
            caller,
            sign_in: None,
            due: None,
        }
    }
}

/// From where and when credentials came.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Peer address.
    pub ip: IpAddr,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The canonical host that was asked.
    pub host: &'a str,
    /// The time.
    pub now: Timestamp,
}
