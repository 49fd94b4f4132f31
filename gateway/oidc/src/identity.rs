//! What goes in and what comes out: the wish for a sign-in, what must be remembered of it, and the verified person.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{Error, Result};

/// How strongly a person is to sign in. The default asks for nothing in particular.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The person must have proved who they are at most this long ago.
    pub max_age: Option<Duration>,
    /// A second factor is required.
    pub mfa: bool,
    /// The name to fill in at the provider.
    pub login_hint: Option<String>,
    /// Where the answer goes, if not to the `redirect` of the settings.
    pub redirect: Option<Url>,
}

/// A sign-in that has begun: where to send the browser, and what to keep on the server until it comes back.
#[derive(Debug, Clone)]
#[must_use = "the memory is needed to finish the sign-in"]
pub struct Begun {
    /// The page of the provider.
    pub url: Url,
    /// Keep this; it can be used once.
    pub memory: Memory,
}

/// What proves that an answer belongs to a question. Its values never leave the server but in the provider's URL.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// Comes back with the answer.
    pub state: String,
    /// Comes back inside the ID token.
    pub nonce: String,
    /// The secret half of PKCE.
    pub verifier: String,
    /// Where the answer was to go.
    pub redirect: String,
    /// When the sign-in began, in seconds since 1970.
    pub begun: i64,
    /// The wish for freshness, in seconds.
    pub max_age: Option<u64>,
    /// The wish for a second factor.
    pub mfa: bool,
}

impl fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Memory")
            .field("redirect", &self.redirect)
            .field("begun", &self.begun)
            .field("max_age", &self.max_age)
            .field("mfa", &self.mfa)
            .finish_non_exhaustive()
    }
}

/// A person, as the provider vouches for them. They are known by `subject`, never by `email`.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The provider's own, lasting name for the person.
    pub subject: String,
    /// A name to show.
    pub name: String,
    /// The e-mail address, if the provider says that it verified it and it is well-formed.
    pub email: Option<String>,
    /// The person's groups, sorted, each once.
    pub groups: Vec<String>,
    /// Whether the provider reports a second factor.
    pub mfa: bool,
    /// How the person proved who they are (RFC 8176).
    pub amr: Vec<String>,
    /// The class of the sign-in, in the provider's words.
    pub acr: Option<String>,
    /// When the person proved who they are, never in the future. A provider that does not say gives
    /// [`Timestamp::UNIX_EPOCH`], so that no rule on freshness is met by accident.
    pub at: Timestamp,
    /// The provider's name for this session, by which it ends it.
    pub sid: Option<String>,
    /// What renews and ends the sign-in.
    pub tokens: Tokens,
}

impl Identity {
    /// The facts of the same person, with other tokens.
    pub(crate) fn renewed(self, subject: &str, tokens: Tokens) -> Result<Renewed> {
        if self.subject != subject {
            return Err(Error::Subject(
                "the renewed sign-in is of somebody else".into(),
            ));
        }
        Ok(Renewed {
            name: self.name,
            email: self.email,
            groups: self.groups,
            tokens,
        })
    }
}

/// What the provider gave besides the identity. Keep it sealed.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    /// Buys the next tokens; mostly only once.
    pub refresh: Option<SecretString>,
    /// The ID token, a hint for ending the session at the provider.
    pub id: Option<SecretString>,
    /// Until when the provider's access token lasts: a good moment to renew.
    pub access_until: Option<Timestamp>,
}

/// What [`crate::Provider::refresh`] learnt. The old tokens are spent.
#[derive(Debug, Clone)]
pub struct Renewed {
    /// A name to show.
    pub name: String,
    /// The verified e-mail address.
    pub email: Option<String>,
    /// The person's groups of now.
    pub groups: Vec<String>,
    /// Put these in the place of the old ones.
    pub tokens: Tokens,
}

/// Whose sessions the provider ends: those of `sid` if it is there, otherwise all of `subject`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The provider's name for the session.
    pub sid: Option<String>,
    /// The person.
    pub subject: Option<String>,
    /// The token's own id (`jti`), for the record.
    pub id: String,
}
