//! `[login]`: how long a sign-in lasts and how hard it may be tried.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use url::Url;

use super::{
    reference::{Field, field},
    value::{Count, Period},
};

/// `[login]`: sessions and sign-in.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// A session ends when it has not been used for this long.
    pub session_idle: Period,
    /// A session ends this long after sign-in, used or not.
    pub session_max: Period,
    /// Whether user name and password are accepted with every request (HTTP Basic).
    pub basic: bool,
    /// Wrong passwords per minute and user (and per address) before sign-in is refused for a while.
    pub attempts: Count<1, 1000>,
    /// How many passwords are checked at the same time; each check costs about 19 MiB and a core.
    pub checks: Count<1, 64>,
    /// Wrong passwords or codes in a row before the name is locked for a while.
    pub lock_after: Count<3, 10_000>,
    /// How long the first lock lasts; each further one lasts twice as long, up to a day.
    pub lock_time: Period,
    /// Where people sign in: an origin of its own, on which no app can be served.
    pub origin: Option<LoginOrigin>,
    /// Whether accounts of this server (`user add`) may sign in.
    pub builtin: bool,
    /// The provider people are sent to at once.
    pub default_provider: Option<String>,
    /// Whether `auth = "none"` is refused for every app.
    pub auth_required: bool,
}

/// An origin, `https://auth.example.com`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct LoginOrigin(Url);

impl LoginOrigin {
    /// As a URL whose path is `/`.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl<'de> Deserialize<'de> for LoginOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || {
            D::Error::custom(format!(
                "`{}` is no origin; write a scheme and a host name, `https://auth.example.com`",
                text.escape_debug()
            ))
        };
        let url = Url::parse(&text).map_err(|_| wrong())?;
        let bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        match (url.scheme(), url.domain()) {
            ("https" | "http", Some(_)) if bare => Ok(LoginOrigin(url)),
            _ => Err(wrong()),
        }
    }
}

impl Default for Login {
    fn default() -> Self {
        Login {
            session_idle: Period::seconds(8 * 3_600),
            session_max: Period::seconds(7 * 86_400),
            basic: true,
            attempts: Count::new(10),
            checks: Count::new(2),
            lock_after: Count::new(20),
            lock_time: Period::seconds(900),
            origin: None,
            builtin: true,
            default_provider: None,
            auth_required: false,
        }
    }
}

pub(super) const LOGIN: &[Field] = &[
    field(
        "session_idle",
        "\"8h\"",
        "A session ends when it has not been used for this long.",
    ),
    field(
        "session_max",
        "\"7d\"",
        "A session ends this long after sign-in, used or not.",
    ),
    field(
        "basic",
        "true",
        "Whether user name and password are accepted with every request (HTTP Basic).",
    ),
    field(
        "attempts",
        "10",
        "Wrong passwords per minute, for one user or one address, before sign-in is refused for a while.",
    ),
    field(
        "checks",
        "2",
        "How many passwords are checked at the same time; each check costs about 19 MiB and a core.",
    ),
    field(
        "lock_after",
        "20",
        "Wrong passwords or codes in a row before a name is locked for a while, whether or not there is such a user.",
    ),
    field(
        "lock_time",
        "\"15m\"",
        "How long the first lock lasts; each further one lasts twice as long, up to a day.",
    ),
    field(
        "origin",
        "",
        "Where people sign in: an origin of its own such as `https://auth.example.com`, on which no app can be served. Without it `auth.localhost` is used, which only browsers on this machine reach.",
    ),
    field(
        "builtin",
        "true",
        "Whether accounts of this server (`user add`) may sign in.",
    ),
    field(
        "default_provider",
        "",
        "The provider people are sent to at once, instead of a page to choose from.",
    ),
    field(
        "auth_required",
        "false",
        "Whether `auth = \"none\"` is refused for every app, whoever asks.",
    ),
];
