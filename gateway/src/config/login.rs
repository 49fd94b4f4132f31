//! `[login]`: how long a sign-in lasts and how hard it may be tried.

use serde::{Deserialize, Serialize};

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
}

impl Default for Login {
    fn default() -> Self {
        Login {
            session_idle: Period::seconds(8 * 3_600),
            session_max: Period::seconds(7 * 86_400),
            basic: true,
            attempts: Count::new(10),
            checks: Count::new(2),
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
];
