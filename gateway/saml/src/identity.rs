//! What a verified assertion says about a person.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A person the identity provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The lasting name at this provider: the `NameID`, or the configured attribute.
    pub subject: String,
    /// The `NameID` in full, for ending the session there.
    pub name_id: NameId,
    /// The name to show.
    pub name: String,
    /// The e-mail address, when the provider is trusted with them.
    pub email: Option<String>,
    /// The groups, each once, as the provider orders them.
    pub groups: Vec<String>,
    /// Whether the context is one that counts as a second factor.
    pub mfa: bool,
    /// How the person was asked.
    pub context: Option<String>,
    /// When the person was asked.
    pub at: Timestamp,
    /// The session at the provider.
    pub session: Option<String>,
    /// When the provider wants the session to end.
    pub until: Option<Timestamp>,
    /// The id of the assertion.
    pub assertion: String,
}

/// A `NameID` with all that makes it the same one again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NameId {
    /// The name itself.
    pub value: String,
    /// What kind of name it is.
    pub format: Option<String>,
    /// The provider that the name belongs to.
    pub name_qualifier: Option<String>,
    /// The service that the name is for.
    pub sp_name_qualifier: Option<String>,
}
