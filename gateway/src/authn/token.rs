//! API tokens: what programs show instead of a password. `sp_`, 43 characters of chance, six that sum them up.
//!
//! The beginning and the sum let scanners find a token that leaked, and let a mistyped one be told from an unknown
//! one without a look at the store, which knows hashes only. Found tokens are remembered for a minute.

use std::{num::NonZeroUsize, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use jiff::Timestamp;
use policy::{Authentication, GroupId, Person, Scope, UserId};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::{
    Unnamed,
    memory::{Memory, OfPerson},
};
use crate::{
    clock,
    store::{ServiceRow, Store, TokenRow},
};

/// The provider of service accounts.
const PROVIDER: &str = "service";
/// The group every service account is in.
const EVERYONE: &str = "local:services";
const PREFIX: &str = "sp_";
const BYTES: usize = 32;
/// Characters that carry the chance, and those that sum it up.
const BODY: usize = 43;
const SUM: usize = 6;
const ENTRIES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();
/// How long a token is good without asking the store, and how stale its last use may be.
const MINUTE: i64 = 60 * 1_000_000_000;

/// Why a token names nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// It is damaged: too short, too long, or its sum is wrong.
    Malformed,
    /// There is none, or no more.
    Unknown,
    /// Its time is over; its id.
    Expired(String),
    /// Its service account is switched off; its id.
    Disabled(String),
}

impl TokenFault {
    /// The code in records.
    pub fn code(&self) -> &'static str {
        match self {
            TokenFault::Malformed => "token-malformed",
            TokenFault::Unknown => "token-unknown",
            TokenFault::Expired(_) => "token-expired",
            TokenFault::Disabled(_) => "token-disabled",
        }
    }

    /// The id of the token, if it is one.
    pub fn id(&self) -> Option<&str> {
        match self {
            TokenFault::Malformed | TokenFault::Unknown => None,
            TokenFault::Expired(id) | TokenFault::Disabled(id) => Some(id),
        }
    }
}

/// A new token, shown once.
pub struct NewToken {
    /// Its text.
    pub text: SecretString,
    /// What is stored of it.
    pub hash: String,
}

/// Makes a token; nothing when the system has no randomness.
pub fn make() -> Option<NewToken> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).ok()?;
    let body = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let text = format!("{PREFIX}{body}{}", sum(&body));
    Some(NewToken {
        hash: hash(&text),
        text: text.into(),
    })
}

/// Whether an `Authorization` value is a token of ours, whole or damaged, and so not for an app.
pub fn is_token(value: &[u8]) -> bool {
    bearer(value).is_some_and(|text| text.starts_with(PREFIX.as_bytes()))
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let value = value.trim_ascii();
    let (scheme, rest) = value.split_at_checked(6)?;
    let apart = rest.first().is_some_and(u8::is_ascii_whitespace);
    (apart && scheme.eq_ignore_ascii_case(b"bearer")).then(|| rest.trim_ascii())
}

/// The hash of the token that a request shows, if it shows one of ours.
pub(super) fn shown(headers: &HeaderMap) -> Option<Result<String, TokenFault>> {
    let values = || headers.get_all(header::AUTHORIZATION).iter();
    let ours = values().find(|value| is_token(value.as_bytes()))?;
    let text = bearer(ours.as_bytes()).and_then(|text| std::str::from_utf8(text).ok());
    let alone = values().count() == 1;
    let whole = text.filter(|text| alone && is_whole(text));
    Some(whole.map(hash).ok_or(TokenFault::Malformed))
}

fn is_whole(text: &str) -> bool {
    let parts = text
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split_at_checked(BODY));
    parts.is_some_and(|(body, given)| given.len() == SUM && given == sum(body))
}

/// No secret: it follows from the characters before it.
fn sum(body: &str) -> String {
    let digest = Sha256::digest(format!("{PREFIX}{body}"));
    let mut text = BASE64_URL_SAFE_NO_PAD.encode(digest);
    text.truncate(SUM);
    text
}

fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

/// Tokens found good within the last minute, by their hash.
pub(super) struct Tokens {
    pub(super) memory: Memory<String, Live>,
}

/// A token as remembered; times are Unix nanoseconds.
#[derive(Clone)]
pub(super) struct Live {
    person: Arc<Person>,
    id: String,
    expires: i64,
    loaded: i64,
    touched: i64,
}

impl OfPerson for Live {
    fn person(&self) -> &Person {
        &self.person
    }
}

impl Tokens {
    pub(super) fn new() -> Tokens {
        Tokens {
            memory: Memory::new(ENTRIES),
        }
    }

    /// The service account whose token has this hash; its use is noted.
    pub(super) async fn find(
        &self,
        store: &Store,
        hash: String,
        at: Timestamp,
    ) -> Result<Arc<Person>, Unnamed> {
        let now = clock::nanoseconds(at);
        let live = match self.remembered(&hash, now) {
            Some(live) => live,
            None => self.load(store, &hash, at).await?,
        };
        if now >= live.expires {
            return Err(Unnamed::Token(TokenFault::Expired(live.id)));
        }
        if self.use_at(&hash, now) {
            store.touch_token(&live.id, now).await?;
        }
        Ok(live.person)
    }

    fn remembered(&self, hash: &str, now: i64) -> Option<Live> {
        let mut all = self.memory.lock();
        let live = all.get(hash)?;
        let age = now.saturating_sub(live.loaded);
        (0..MINUTE).contains(&age).then(|| live.clone())
    }

    /// Whether the stored time of last use has become stale.
    fn use_at(&self, hash: &str, now: i64) -> bool {
        let mut all = self.memory.lock();
        let Some(live) = all.get_mut(hash) else {
            return true;
        };
        let stale = now.saturating_sub(live.touched) >= MINUTE;
        if stale {
            live.touched = now;
        }
        stale
    }

    async fn load(&self, store: &Store, hash: &str, at: Timestamp) -> Result<Live, Unnamed> {
        let generation = self.memory.generation();
        let found = store.token_by_hash(hash).await?;
        let (token, service) = found.ok_or(Unnamed::Token(TokenFault::Unknown))?;
        if service.disabled {
            return Err(Unnamed::Token(TokenFault::Disabled(token.id)));
        }
        let live = Live {
            person: Arc::new(person(&token, &service, at)),
            id: token.id,
            expires: token.expires,
            loaded: clock::nanoseconds(at),
            touched: token.used,
        };
        if let Some(mut all) = self.memory.unchanged(generation) {
            all.put(hash.to_owned(), live.clone());
        }
        Ok(live)
    }

    /// The service account of a token as it is now; nobody when the token or the account has ended.
    pub(super) async fn renew(
        &self,
        store: &Store,
        id: &str,
        proven: Timestamp,
        now: Timestamp,
    ) -> Option<Arc<Person>> {
        let (token, service) = store.token_by_id(id).await.ok()??;
        let good = !service.disabled && clock::nanoseconds(now) < token.expires;
        good.then(|| Arc::new(person(&token, &service, proven)))
    }
}

fn person(token: &TokenRow, service: &ServiceRow, at: Timestamp) -> Person {
    let own = service.groups.iter().map(|group| format!("local:{group}"));
    let mut groups: Vec<GroupId> = own.map(GroupId::new).collect();
    groups.push(GroupId::from(EVERYONE));
    groups.sort();
    groups.dedup();
    let subject = service.id.strip_prefix("sa:").unwrap_or(&service.id);
    Person {
        id: UserId::new(service.id.as_str()),
        name: service.name.clone(),
        provider: PROVIDER.to_owned(),
        subject: subject.to_owned(),
        groups,
        email: None,
        disabled: service.disabled,
        auth: Authentication {
            session: Some(token.id.clone()),
            scope: Some(Arc::new(Scope {
                apps: token.scope.apps.clone(),
                read_only: token.scope.read_only,
            })),
            ..Authentication::plain("token", at)
        },
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn check(value: &str) -> Option<Result<String, TokenFault>> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        shown(&headers)
    }

    /// Case 46: shorter, longer, one bit off, in any place.
    #[test]
    fn only_the_whole_token_is_one() {
        let token = make().unwrap();
        let text = token.text.expose_secret();
        assert_eq!(text.len(), PREFIX.len() + BODY + SUM);
        assert_eq!(
            check(&format!("Bearer {text}")),
            Some(Ok(token.hash.clone()))
        );
        assert_eq!(
            check(&format!("bEARER \t{text} ")),
            Some(Ok(token.hash.clone()))
        );
        for at in PREFIX.len()..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let flipped = String::from_utf8(bytes).unwrap();
            assert_eq!(
                check(&format!("Bearer {flipped}")),
                Some(Err(TokenFault::Malformed)),
                "{at}"
            );
            let short = &text[..at];
            assert_eq!(
                check(&format!("Bearer {short}")),
                Some(Err(TokenFault::Malformed)),
                "{at}"
            );
        }
        for bad in [
            format!("{text}A"),
            format!("{text}="),
            format!("{text}, x"),
            format!("{text} {text}"),
        ] {
            assert_eq!(
                check(&format!("Bearer {bad}")),
                Some(Err(TokenFault::Malformed)),
                "{bad}"
            );
        }
    }

    #[test]
    fn what_is_not_ours_passes() {
        for other in [
            "Bearer abc",
            "Bearer",
            "Bearer sp",
            "Bearersp_x",
            "Basic sp_x",
            "Token sp_x",
            "Bearer SP_x",
        ] {
            assert_eq!(check(other), None, "{other}");
            assert!(!is_token(other.as_bytes()), "{other}");
        }
        assert!(is_token(b"Bearer sp_"));
        assert!(is_token(b"BEARER  sp_\xff"));
    }

    #[test]
    fn two_authorizations_are_nobody() {
        let mut headers = HeaderMap::new();
        let token = format!("Bearer {}", make().unwrap().text.expose_secret());
        headers.append(header::AUTHORIZATION, "Bearer of-an-app".parse().unwrap());
        headers.append(header::AUTHORIZATION, token.parse().unwrap());
        assert_eq!(shown(&headers), Some(Err(TokenFault::Malformed)));
    }
}
