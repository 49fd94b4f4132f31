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

/// `user.update`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    /// Which user.
    pub name: String,
    /// What changes.
    pub change: UserUpdate,
    /// Tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// What changes of a user.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserUpdate {
    /// May not sign in any more.
    Disable,
    /// May sign in again.
    Enable,
    /// Another password.
    Password(Password),
    /// Other groups, by name.
    Groups(Vec<String>),
    /// Failures to sign in are forgotten.
    Unlock,
    /// A new second factor.
    Otp,
    /// No second factor.
    NoOtp,
}

/// Answer to `user.update`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct UserUpdated {
    /// The user as it is now.
    pub user: UserSummary,
    /// Whether anything is different now.
    pub changed: bool,
    /// How many sign-ins ended.
    pub sign_ins: usize,
    /// The new second factor, told only now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<OtpSecret>,
    /// Nothing was stored.
    pub dry_run: bool,
}

/// A second factor as its owner gets it.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct OtpSecret {
    /// To be typed.
    pub secret: Password,
    /// To be opened or scanned, `otpauth://…`.
    pub uri: Password,
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
    /// Has a second factor.
    pub otp: bool,
    /// Until when the name is locked, RFC 3339.
    pub locked: Option<String>,
    /// When added, RFC 3339.
    pub created: String,
}

/// `session.revoke`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeSessions {
    /// Which ones.
    pub which: Revoke,
    /// Tell how many there are.
    #[serde(default)]
    pub dry_run: bool,
}

/// Whose sessions end.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Revoke {
    /// All sessions of the user of this name, or of the person of this id (`<provider>:<subject>`).
    User(String),
    /// The sign-in whose id (as listed) is this, with its sessions.
    Session(String),
    /// Everybody's.
    All,
}

/// Answer to `session.revoke`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Revoked {
    /// How many sign-ins ended, each with its sessions.
    pub sessions: usize,
    /// Nothing was ended.
    #[serde(default)]
    pub dry_run: bool,
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
    /// Whose it is: the name of a local user, else the id that policies know.
    pub user: String,
    /// The name shown to people; providers choose it.
    pub name: String,
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
