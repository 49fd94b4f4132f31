//! Users and sessions.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A password on its way to the server; never printed.
#[derive(Clone)]
pub struct Password(pub SecretString);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Password(SecretString::from(text)))
    }
}

impl Serialize for Password {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

/// `user.add`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AddUser {
    /// What the user signs in with.
    pub name: String,
    /// The password.
    pub password: Password,
    /// Groups, by name.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// Answer to `user.add`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Added {
    /// `local:<uuid>`.
    pub id: String,
    /// What the user signs in with.
    pub name: String,
    /// Groups.
    pub groups: Vec<String>,
}

/// `user.delete`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UserName {
    /// Which user.
    pub name: String,
}

/// Answer to `user.list`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Users {
    /// By name.
    pub users: Vec<UserSummary>,
}

/// One user in a list.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct UserSummary {
    /// What the user signs in with.
    pub name: String,
    /// `local:<uuid>`.
    pub id: String,
    /// Groups.
    pub groups: Vec<String>,
    /// May not sign in.
    pub disabled: bool,
    /// When added, RFC 3339.
    pub created: String,
}

/// `session.revoke`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Revoke {
    /// All sessions of the user of this name.
    User(String),
    /// The session whose id (as listed) is this.
    Session(String),
}

/// Answer to `session.revoke`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Revoked {
    /// How many sessions ended.
    pub sessions: usize,
}

/// Answer to `session.list`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Sessions {
    /// Newest first.
    pub sessions: Vec<SessionSummary>,
}

/// One session in a list.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct SessionSummary {
    /// Its id, which is no secret.
    pub session: String,
    /// Whose it is, as people know them.
    pub user: String,
    /// Whose it is, as policies know them.
    pub id: String,
    /// How the user signed in.
    pub method: String,
    /// Whether a second factor was used.
    pub mfa: bool,
    /// Where it reached.
    pub hosts: Vec<String>,
    /// When it began, RFC 3339.
    pub created: String,
    /// When it was last used, RFC 3339.
    pub seen: String,
    /// When it ends at the latest, RFC 3339.
    pub expires: String,
}
