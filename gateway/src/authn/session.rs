//! Sessions: a random id in the browser, its hash in the store, the living ones remembered in memory.
//!
//! Opening and closing spend the permit of a `SessionCall`, so no session begins or ends unrecorded. An id
//! is drawn at every sign-in and never taken from the client.

mod live;

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use policy::{Authentication, Open, Permit, Person, SessionCall};
use sha2::{Digest, Sha256};

use super::{Unnamed, person};
use crate::{
    clock,
    store::{SessionRow, Store, StoreError, UserRow},
};
use live::Live;

const BYTES: usize = 32;
/// How stale the stored time of last use may be.
const TOUCH: i64 = 60 * 1_000_000_000;

/// The secret in the cookie: 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(String);

impl SessionId {
    fn random() -> Option<SessionId> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).ok()?;
        Some(SessionId(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads what a cookie holds; anything but 32 encoded bytes is no id.
    pub(super) fn parse(text: &str) -> Option<SessionId> {
        let fits = text.len() == (BYTES * 4).div_ceil(3);
        let bytes = fits
            .then(|| BASE64_URL_SAFE_NO_PAD.decode(text).ok())
            .flatten()?;
        (bytes.len() == BYTES).then(|| SessionId(text.to_owned()))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The name under which the session is stored and recorded.
    pub(super) fn hash(&self) -> String {
        format!("{:x}", Sha256::digest(self.0.as_bytes()))
    }
}

/// A person whose password was right, with the session that is about to be opened.
pub struct Opening {
    id: SessionId,
    person: Arc<Person>,
}

impl Opening {
    pub(super) fn new(user: &UserRow, now: Timestamp) -> Result<Opening, Unnamed> {
        let id = SessionId::random().ok_or(Unnamed::Busy)?;
        let auth = Authentication {
            method: "password".into(),
            mfa: false,
            at: now,
            session: Some(id.hash()),
        };
        Ok(Opening {
            person: Arc::new(person::new(user, auth)),
            id,
        })
    }

    /// Who signs in.
    pub fn person(&self) -> &Arc<Person> {
        &self.person
    }
}

/// The sessions of this server.
pub struct Sessions {
    pub(super) memory: live::Sessions,
    idle: i64,
    max: i64,
}

impl Sessions {
    pub(super) fn new(idle: Duration, max: Duration) -> Sessions {
        Sessions {
            memory: live::Sessions::empty(),
            idle: nanoseconds(idle),
            max: nanoseconds(max),
        }
    }

    /// How long a session lasts at most.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.max).unwrap_or_default())
    }

    /// Opens the admitted session and ends the one the browser had before, if any.
    pub async fn open(
        &self,
        store: &Store,
        permit: Permit<SessionCall<Opening>>,
        before: Option<SessionId>,
    ) -> Result<(SessionId, Open), StoreError> {
        let (call, open) = permit.spend();
        let Opening { id, person } = call.request;
        let created = clock::nanoseconds(person.auth.at);
        if let Some(before) = before {
            self.memory.forget(&before.hash());
            store.delete_session(&open, &before.hash()).await?;
        }
        let row = SessionRow {
            id_hash: id.hash(),
            user_id: person.id.as_str().to_owned(),
            created,
            seen: created,
            expires: created.saturating_add(self.max),
            method: person.auth.method.clone(),
        };
        store.insert_session(&open, row).await?;
        Ok((id, open))
    }

    /// Ends the admitted session for good.
    pub async fn close(
        &self,
        store: &Store,
        permit: Permit<SessionCall<SessionId>>,
    ) -> Result<Open, StoreError> {
        let (call, open) = permit.spend();
        let hash = call.request.hash();
        self.memory.forget(&hash);
        store.delete_session(&open, &hash).await?;
        self.memory.forget(&hash);
        Ok(open)
    }

    /// The person of a living session.
    pub(super) async fn find(
        &self,
        store: &Store,
        id: &SessionId,
        now: Timestamp,
    ) -> Result<Option<Arc<Person>>, StoreError> {
        let hash = id.hash();
        let person = self.living(store, &hash, now).await?;
        let now = clock::nanoseconds(now);
        if person.is_some() && self.memory.use_at(&hash, now, TOUCH) {
            store.touch_session(&hash, now).await?;
        }
        Ok(person)
    }

    /// The person of the session with this hash, if it lives; looking does not count as using it.
    pub(super) async fn living(
        &self,
        store: &Store,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Person>>, StoreError> {
        let now = clock::nanoseconds(now);
        let live = match self.memory.find(hash, now) {
            Some(live) => live,
            None => match self.load(store, hash, now).await? {
                Some(live) => live,
                None => return Ok(None),
            },
        };
        if now >= live.expires || now.saturating_sub(live.seen) >= self.idle {
            self.memory.forget(&hash.to_owned());
            return Ok(None);
        }
        Ok(Some(live.person))
    }

    async fn load(&self, store: &Store, hash: &str, now: i64) -> Result<Option<Live>, StoreError> {
        let generation = self.memory.generation();
        let Some(row) = store.find_session(hash).await? else {
            return Ok(None);
        };
        let Some(user) = store.user_by_id(&row.user_id).await? else {
            return Ok(None);
        };
        let Ok(at) = Timestamp::from_nanosecond(row.created.into()) else {
            return Ok(None);
        };
        if user.disabled {
            return Ok(None);
        }
        let auth = Authentication {
            method: row.method,
            mfa: false,
            at,
            session: Some(hash.to_owned()),
        };
        let person = Arc::new(person::new(&user, auth));
        let live = Live {
            person,
            seen: row.seen,
            touched: row.seen,
            expires: row.expires,
            loaded: now,
        };
        self.memory.keep(hash, live.clone(), generation);
        Ok(Some(live))
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
