//! Who asks: turns a session cookie, a token or HTTP Basic credentials into a [`policy::Caller`].
//!
//! Nothing here decides what the caller may do; that is the gate's. Whatever is not a living session or
//! a right password is anonymous or [`Unnamed`], never a person. Sessions and checked credentials are
//! remembered in memory, so an ordinary request costs neither a store read nor a password hash; whoever
//! changes an account calls [`Authn::forget_user`], so that the change counts from the next request on.

mod basic;
mod certificate;
mod cookie;
mod lock;
mod memory;
pub mod otp;
pub mod password;
mod person;
mod session;
mod throttle;
pub mod token;

use std::net::IpAddr;

use http::HeaderMap;
use jiff::Timestamp;
use policy::{Authentication, Caller, Person};
use secrets::{Hasher, Seal, SealError};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use thiserror::Error;

pub use basic::{Credentials, is_basic};
pub use certificate::{CertificateError, Certificates, Entry, Presented};
pub use cookie::{
    Binding, binding, binding_cookie, clear_cookie, session_cookie, strip_cookies, takes_our_name,
};
pub use person::{Proven, remembered, signed};
pub use session::{Beginning, Closing, Joining, Provided, SessionId};
pub use throttle::network;
pub use token::{TokenFault, is_token};

use crate::{
    config::Login,
    store::{Store, StoreError, UserRow},
};
use basic::Known;
use lock::{Locks, Tried};
use password::{CheckError, Checker};
use session::Sessions;
use throttle::{Attempt, Throttle, TooMany};
use token::Tokens;

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
    tokens: Tokens,
    throttle: Throttle,
    locks: Locks,
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
    /// Too many wrong ones in a row.
    #[error("too many attempts to sign in; try again in {0} s")]
    Locked(u64),
    /// The code of the second factor is wrong or was used before.
    #[error("the code is wrong or was used already")]
    Code {
        /// Whose it should be.
        user: String,
        /// Whether it was right once.
        used: bool,
    },
    /// The password is right, but alone not enough for this account.
    #[error("the account has a second factor; sign in with a browser")]
    SecondFactor(String),
    /// The token names nobody.
    #[error("the token is not valid")]
    Token(TokenFault),
    /// Too many attempts.
    #[error("too many attempts to sign in; try again in {0} s")]
    TooMany(u64),
    /// Too many password checks at once.
    #[error("too many sign-ins at once; try again in a moment")]
    Busy,
    /// The store failed.
    #[error("cannot read accounts")]
    Store(#[from] StoreError),
    /// The secret of the second factor cannot be read.
    #[error("cannot read a second factor")]
    Seal(#[from] SealError),
}

/// What a right password leads to.
pub enum Checked {
    /// A sign-in.
    Proven(Proven),
    /// The question for a code.
    Half(Half),
}

/// Somebody whose password was right and whose code is still to come.
#[derive(Clone, Debug)]
pub struct Half {
    /// The account.
    pub user: String,
    /// What the user signs in with.
    pub name: String,
    /// The password it was, hashed once more: another one since then makes this worthless.
    password: String,
}

impl Half {
    fn of(user: UserRow) -> Half {
        Half {
            password: kept(&user),
            user: user.id,
            name: user.name,
        }
    }
}

fn kept(user: &UserRow) -> String {
    format!("{:x}", Sha256::digest(&user.hash))
}

impl Authn {
    /// Makes one with the limits of `login`; sign-ins of `providers` are good, and `names` hashes names.
    pub fn new(login: &Login, providers: Vec<Provided>, names: Hasher) -> Authn {
        let limits = (login.session_idle.duration(), login.session_max.duration());
        Authn {
            sessions: Sessions::new(limits, providers),
            known: Known::new(),
            tokens: Tokens::new(),
            throttle: Throttle::new(login.attempts.value()),
            locks: Locks::new(login, names),
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
        if let Some(shown) = token::shown(headers) {
            let hash = shown.map_err(Unnamed::Token)?;
            let person = self.tokens.find(store, hash, from.now).await?;
            return Ok(Named::of(Caller::Person(person)));
        }
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
    ) -> Result<Checked, Unnamed> {
        let user = self.right_user(store, credentials, from).await?;
        Ok(match user.otp {
            None => {
                let auth = Authentication::plain("password", from.now);
                Checked::Proven(Proven::local(&user, auth))
            }
            Some(_) => Checked::Half(Half::of(user)),
        })
    }

    /// Checks the code of somebody whose password was right.
    pub async fn second(
        &self,
        store: &Store,
        seal: &Seal,
        (half, code): (&Half, &str),
        from: &Origin<'_>,
    ) -> Result<Proven, Unnamed> {
        let (attempt, tried) = self.attempt(store, &half.name, from).await?;
        let wrong = |used| Unnamed::Code {
            user: half.name.clone(),
            used,
        };
        let user = store.user_by_id(&half.user).await?;
        let user = user.filter(|user| !user.disabled && kept(user) == half.password);
        let (user, sealed) = user
            .and_then(|user| user.otp.clone().map(|sealed| (user, sealed)))
            .ok_or_else(|| wrong(false))?;
        let secret = seal.unseal(&otp::purpose(&user.id), &sealed)?;
        let step = otp::step(&secret, code, from.now).ok_or_else(|| wrong(false))?;
        if !store.use_code(&user.id, &sealed, step).await? {
            return Err(wrong(true));
        }
        self.throttle.forgive(attempt);
        tried.succeeded(store).await?;
        let auth = Authentication {
            mfa: true,
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            ..Authentication::plain("otp", from.now)
        };
        Ok(Proven::local(&user, auth))
    }

    /// The key under which the failures of a name are kept.
    pub fn failures_key(&self, name: &str) -> String {
        self.locks.key(name)
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
        sessions
            .wrapping_add(self.known.memory.generation())
            .wrapping_add(self.tokens.memory.generation())
    }

    /// The sign-in of the caller of a request that takes long, if its provider is to be asked again.
    pub fn due(&self, caller: &Caller, now: Timestamp) -> Option<Arc<str>> {
        let Caller::Person(person) = caller else {
            return None;
        };
        self.sessions.due(person.auth.session.as_deref()?, now)
    }

    /// The caller of a request that takes long, as the account is now; nobody when the session or the account
    /// has ended or cannot be read.
    pub async fn renew(&self, store: &Store, caller: &Caller, now: Timestamp) -> Option<Caller> {
        let Caller::Person(person) = caller else {
            return Some(caller.clone());
        };
        let person = match &person.auth.session {
            Some(id) if person.auth.method == "token" => {
                self.tokens.renew(store, id, person.auth.at, now).await
            }
            Some(hash) => {
                let live = self.sessions.living(store, hash, now).await.ok()?;
                live.map(|live| live.person)
            }
            None => {
                let user = store.user_by_id(person.id.as_str()).await.ok()?;
                let user = user.filter(|user| !user.disabled && user.otp.is_none());
                user.map(|user| Arc::new(person::from_password(&user, person.auth.at)))
            }
        };
        person.map(Caller::Person)
    }

    /// Forgets what is remembered of a user (`local:<uuid>`) or a service account (`sa:<uuid>`): call it after
    /// the account, its groups, its sessions or its tokens changed.
    pub fn forget_user(&self, id: &str) {
        self.sessions.memory.forget_user(id);
        self.known.memory.forget_user(id);
        self.tokens.memory.forget_user(id);
    }

    /// Forgets what is remembered of the sessions of a sign-in.
    pub fn forget_sign_in(&self, sign_in: &str) {
        self.sessions.memory.forget_sign_in(sign_in);
    }

    /// Forgets every remembered session and credential: call it when many changed.
    pub fn forget_all(&self) {
        self.sessions.memory.forget_all();
        self.known.memory.forget_all();
        self.tokens.memory.forget_all();
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
        if user.otp.is_some() {
            return Err(Unnamed::SecondFactor(user.name));
        }
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
        let (attempt, tried) = self.attempt(store, &given.name, from).await?;
        let user = store.user_by_name(&given.name).await?;
        let stored = user.as_ref().map(|user| user.hash.clone());
        let checked = self.checker.check(given.password, stored).await;
        match (checked, user) {
            (Ok(()), Some(user)) if !user.disabled => {
                self.throttle.forgive(attempt);
                // With a second factor to come, wrong codes stay counted.
                match user.otp {
                    None => tried.succeeded(store).await?,
                    Some(_) => tried.undecided(store).await?,
                }
                Ok(user)
            }
            (Err(CheckError::Busy), _) => {
                self.throttle.forgive(attempt);
                tried.undecided(store).await?;
                Err(Unnamed::Busy)
            }
            (_, user) => Err(Unnamed::Wrong {
                known: user.map(|user| user.name),
                given: given.name,
            }),
        }
    }

    /// Counts an attempt before anything is checked.
    async fn attempt(
        &self,
        store: &Store,
        name: &str,
        from: &Origin<'_>,
    ) -> Result<(Attempt, Tried), Unnamed> {
        let attempt = self.throttle.begin(name, from.ip, from.now);
        let attempt = attempt.map_err(|TooMany(seconds)| Unnamed::TooMany(seconds))?;
        let tried = self.locks.attempt(store, name, from.now).await?;
        Ok((attempt, tried))
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

#[cfg(test)]
mod tests;
