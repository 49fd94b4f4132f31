//! Sessions: a random id in the browser, its hash in the store, the living ones remembered in memory.
//!
//! A person signs in once, at the login's own host; each host with apps then gets a session of that sign-in.
//! Opening and closing spend the permit of a `SessionCall`, so nothing begins or ends unrecorded. An id is
//! drawn at every opening and never taken from the client.

mod live;
mod names;
mod touches;

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use policy::{Open, Permit, Person, SessionCall};
use sha2::{Digest, Sha256};

use super::{LOCAL, person, person::Proven};
use crate::{
    clock,
    store::{SessionRow, SignInRow, Store, StoreError},
};
pub(super) use live::Live;
use names::Names;
use touches::Touches;

const BYTES: usize = 32;
/// How stale the stored time of last use may be.
const TOUCH: i64 = 60 * 1_000_000_000;

/// The secret in the cookie: 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(String);

impl SessionId {
    /// A new one; nothing when the system has no randomness.
    pub fn random() -> Option<SessionId> {
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

    /// The id, to stand in an address.
    pub fn into_text(self) -> String {
        self.0
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The name under which the session is stored and recorded.
    pub fn hash(&self) -> String {
        format!("{:x}", Sha256::digest(self.0.as_bytes()))
    }
}

/// A sign-in that is about to begin, with its first session.
pub struct Beginning {
    proven: Proven,
    id: SessionId,
    host: String,
}

impl Beginning {
    /// Of `proven`, at `host`; nothing when the system has no randomness.
    pub fn new(mut proven: Proven, host: &str) -> Option<Beginning> {
        let id = SessionId::random()?;
        Arc::make_mut(&mut proven.person).auth.session = Some(id.hash());
        Some(Beginning {
            proven,
            id,
            host: host.to_owned(),
        })
    }

    /// Who signs in.
    pub fn person(&self) -> &Arc<Person> {
        &self.proven.person
    }
}

/// A session that is about to join a sign-in at another host.
pub struct Joining {
    /// The sign-in.
    pub sign_in: String,
    /// The host.
    pub host: String,
}

/// A sign-in that is about to end.
pub struct Closing {
    /// Which one.
    pub sign_in: String,
}

/// The sessions of this server.
pub struct Sessions {
    pub(super) memory: live::Sessions,
    names: Names,
    touches: Touches,
    providers: Vec<Provided>,
    idle: i64,
    max: i64,
}

/// A provider whose sign-ins are good, and how often it is asked again.
pub struct Provided {
    /// Its name.
    pub name: String,
    /// Nanoseconds; never, if nothing.
    pub refresh: Option<i64>,
}

/// The person of a living session.
pub(super) struct Found {
    pub person: Arc<Person>,
    pub sign_in: Arc<str>,
    /// Whether the provider is to be asked again.
    pub due: bool,
}

impl Sessions {
    pub(super) fn new((idle, max): (Duration, Duration), providers: Vec<Provided>) -> Sessions {
        Sessions {
            memory: live::Sessions::empty(),
            names: Names::new(),
            touches: Touches::new(),
            providers,
            idle: nanoseconds(idle),
            max: nanoseconds(max),
        }
    }

    /// How long a session lasts at most.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.max).unwrap_or_default())
    }

    /// Begins the admitted sign-in and ends the one the browser had before, if any.
    pub async fn begin(
        &self,
        store: &Store,
        permit: Permit<SessionCall<(Beginning, Option<Vec<u8>>)>>,
        (before, now): (Option<&str>, Timestamp),
    ) -> Result<(SessionId, String, Open), StoreError> {
        let (call, open) = permit.spend();
        let (Beginning { proven, id, host }, tokens) = call.request;
        if let Some(before) = before {
            store.delete_sign_in(&open, before).await?;
            self.memory.forget_sign_in(before);
        }
        let created = clock::nanoseconds(now);
        let longest = proven
            .longest
            .map_or(self.max, |longest| longest.min(self.max));
        let latest = created.saturating_add(longest);
        let row = SignInRow {
            id: uuid::Uuid::now_v7().to_string(),
            user: proven.person.id.as_str().to_owned(),
            provider: proven.person.provider.clone(),
            signed: person::signed(&proven.person),
            sid: proven.sid.clone(),
            created,
            seen: created,
            expires: proven.until.map_or(latest, |until| until.min(latest)),
            // Who cannot be asked again is never due.
            refreshed: proven.longest.map_or(created, |_| i64::MAX),
            tokens,
        };
        let sign_in = row.id.clone();
        store.insert_sign_in(&open, row).await?;
        let session = SessionRow {
            id_hash: id.hash(),
            sign_in: sign_in.clone(),
            host,
            created,
        };
        store.insert_session(&open, session).await?;
        Ok((id, sign_in, open))
    }

    /// Opens the admitted session of a sign-in, in place of the one the browser had at this host.
    pub async fn join(
        &self,
        store: &Store,
        permit: Permit<SessionCall<Joining>>,
        (before, now): (Option<SessionId>, Timestamp),
    ) -> Result<Option<(SessionId, Open)>, StoreError> {
        let (call, open) = permit.spend();
        let Some(id) = SessionId::random() else {
            return Ok(None);
        };
        if let Some(before) = before {
            self.memory.forget(&before.hash());
            store.delete_session(&open, &before.hash()).await?;
        }
        let row = SessionRow {
            id_hash: id.hash(),
            sign_in: call.request.sign_in,
            host: call.request.host,
            created: clock::nanoseconds(now),
        };
        store.insert_session(&open, row).await?;
        Ok(Some((id, open)))
    }

    /// Ends the admitted sign-in, with all its sessions, for good.
    pub async fn close(
        &self,
        store: &Store,
        permit: Permit<SessionCall<Closing>>,
    ) -> Result<Open, StoreError> {
        let (call, open) = permit.spend();
        let sign_in = call.request.sign_in;
        self.memory.forget_sign_in(&sign_in);
        store.delete_sign_in(&open, &sign_in).await?;
        self.memory.forget_sign_in(&sign_in);
        Ok(open)
    }

    /// The person of a living session at `host`, whose use is noted.
    pub(super) async fn find(
        &self,
        store: &Store,
        (id, host): (&SessionId, &str),
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        let hash = id.hash();
        let Some(live) = self.living(store, &hash, now).await? else {
            return Ok(None);
        };
        if *live.host != *host {
            return Ok(None);
        }
        let now = clock::nanoseconds(now);
        if self.memory.use_at(&hash, now, TOUCH)
            && let Some(due) = self.touches.note(&live.sign_in, now)
        {
            store.touch_sign_ins(due).await?;
        }
        Ok(Some(live.found(now)))
    }

    /// The session with this hash, if it lives; looking does not count as using it.
    pub(super) async fn living(
        &self,
        store: &Store,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Live>, StoreError> {
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
        Ok(Some(live))
    }

    async fn load(&self, store: &Store, hash: &str, now: i64) -> Result<Option<Live>, StoreError> {
        let generation = self.memory.generation();
        let Some((row, host)) = store.session_sign_in(hash).await? else {
            return Ok(None);
        };
        let Some((mut person, refresh)) = self.who(store, &row, hash).await? else {
            return Ok(None);
        };
        self.names.share(&mut person.groups);
        let live = Live {
            person: Arc::new(person),
            sign_in: row.id.into(),
            host: host.into(),
            seen: row.seen,
            touched: row.seen,
            expires: row.expires,
            loaded: now,
            due: refresh.map_or(i64::MAX, |period| row.refreshed.saturating_add(period)),
        };
        self.memory.keep(hash, live.clone(), generation);
        Ok(Some(live))
    }

    /// The person of a sign-in, and how often the provider is asked; nobody when the account or the provider is gone.
    async fn who(
        &self,
        store: &Store,
        row: &SignInRow,
        hash: &str,
    ) -> Result<Option<(Person, Option<i64>)>, StoreError> {
        if row.provider == LOCAL {
            let user = store
                .user_by_id(&row.user)
                .await?
                .filter(|user| !user.disabled);
            let auth = person::authentication(&row.signed, Some(hash));
            return Ok(user
                .zip(auth)
                .map(|(user, auth)| (person::new(&user, auth), None)));
        }
        let person = person::remembered(row).map(|mut person| {
            person.auth.session = Some(hash.to_owned());
            person
        });
        Ok(person.zip(self.period(row)))
    }

    /// How often the provider of a sign-in is asked, in nanoseconds; nothing when the provider is gone.
    fn period(&self, row: &SignInRow) -> Option<Option<i64>> {
        let mut providers = self.providers.iter();
        let provider = providers.find(|known| known.name == row.provider)?;
        Some(provider.refresh.filter(|_| row.tokens.is_some()))
    }

    /// The sign-in of the remembered session with this hash, if its provider is to be asked again.
    pub(super) fn due(&self, hash: &str, now: Timestamp) -> Option<Arc<str>> {
        let found = self.memory.last(hash)?.found(clock::nanoseconds(now));
        found.due.then_some(found.sign_in)
    }

    /// Whether the provider of a sign-in is to be asked again.
    pub fn is_due(&self, row: &SignInRow, now: i64) -> bool {
        let period = self.period(row).flatten();
        period.is_some_and(|period| now >= row.refreshed.saturating_add(period))
    }

    /// Leaves the provider of a sign-in alone until then.
    pub fn postpone(&self, sign_in: &str, until: i64) {
        self.memory.postpone(sign_in, until);
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
