//! `[saml.<name>]`: a SAML 2.0 identity provider where people sign in.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    provider::GroupName,
    reference::{Field, field},
    value::Period,
};

/// How our requests travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Binding {
    #[default]
    Redirect,
    Post,
}

/// `[saml.<name>]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Saml {
    /// Where the provider's metadata is fetched.
    pub metadata_url: Option<Url>,
    /// File with the provider's metadata.
    pub metadata_file: Option<PathBuf>,
    /// How often metadata is fetched again.
    #[serde(default = "day")]
    pub metadata_refresh: Period,
    /// The provider's entity id.
    pub entity: Option<String>,
    /// Fingerprints of the signing certificates that count.
    #[serde(default)]
    pub pins: Vec<String>,
    /// What the button of the login page says.
    pub title: Option<String>,
    /// The NameID format to ask for.
    pub name_id_format: Option<String>,
    /// Attribute that is the subject, instead of the NameID.
    pub subject_attribute: Option<String>,
    /// Attribute with the groups.
    #[serde(default = "groups")]
    pub groups_attribute: String,
    /// Attribute with the name.
    pub name_attribute: Option<String>,
    /// Attribute with the e-mail address.
    pub email_attribute: Option<String>,
    /// Whether the provider vouches for e-mail addresses.
    #[serde(default)]
    pub email_trusted: bool,
    /// How our requests travel.
    #[serde(default)]
    pub binding: Binding,
    /// Whether people prove who they are at every sign-in.
    #[serde(default)]
    pub force_authn: bool,
    /// Whether assertions must be encrypted.
    #[serde(default)]
    pub want_encrypted: bool,
    /// Context classes that mean a second factor.
    #[serde(default)]
    pub mfa_contexts: Vec<String>,
    /// How long a sign-in is good.
    #[serde(default = "super::oidc::half_a_day")]
    pub session_max: Period,
    /// PEM file with the roots for `metadata_url`, instead of the system's.
    pub ca: Option<PathBuf>,
    /// Groups everybody of the provider is in.
    #[serde(default)]
    pub default_groups: Vec<GroupName>,
    /// Further groups by the provider's own groups.
    #[serde(default)]
    pub group_map: BTreeMap<String, Vec<GroupName>>,
}

impl Saml {
    /// What membership means here.
    #[cfg(feature = "saml")]
    pub fn membership(&self) -> super::Membership {
        super::Membership {
            default_groups: self.default_groups.clone(),
            group_map: self.group_map.clone(),
        }
    }
}

fn day() -> Period {
    Period::seconds(86_400)
}

fn groups() -> String {
    "groups".to_owned()
}

pub(super) const TEXT: &str = "A SAML 2.0 identity provider where people sign in; `<name>` is part of the ids of its \
people and groups. Give the provider `<login origin>/_sallyport/saml/<name>/metadata`. Needs `[login] origin`.";

pub(super) const SAML: &[Field] = &[
    field(
        "metadata_url",
        "",
        "Where the provider's metadata is fetched (https). This or `metadata_file`.",
    ),
    field("metadata_file", "", "File with the provider's metadata."),
    field(
        "metadata_refresh",
        "\"1d\"",
        "How often metadata is fetched again; the last good one stays in use.",
    ),
    field(
        "entity",
        "",
        "The provider's entity id, when the metadata has several.",
    ),
    field(
        "pins",
        "[]",
        "SHA-256 fingerprints (hex) of the provider's signing certificates; when given, only those count.",
    ),
    field(
        "title",
        "",
        "What the button of the login page says; the name if not given.",
    ),
    field(
        "name_id_format",
        "",
        "The NameID format to ask for; persistent if not given.",
    ),
    field(
        "subject_attribute",
        "",
        "Attribute with an id that never changes, instead of the NameID.",
    ),
    field(
        "groups_attribute",
        "\"groups\"",
        "Attribute with the groups; no other is looked at.",
    ),
    field(
        "name_attribute",
        "",
        "Attribute with the name shown to people; the subject if not given.",
    ),
    field(
        "email_attribute",
        "",
        "Attribute with the e-mail address; used only with `email_trusted`.",
    ),
    field(
        "email_trusted",
        "false",
        "Whether the provider proves that addresses belong to their people.",
    ),
    field(
        "binding",
        "\"redirect\"",
        "How our requests travel: `redirect` or `post`.",
    ),
    field(
        "force_authn",
        "false",
        "Whether people prove who they are at every sign-in.",
    ),
    field(
        "want_encrypted",
        "false",
        "Whether assertions must be encrypted.",
    ),
    field(
        "mfa_contexts",
        "[]",
        "AuthnContext classes that mean a second factor; asked for when policy wants one.",
    ),
    field(
        "session_max",
        "\"12h\"",
        "How long a sign-in is good at most; groups are those of its beginning.",
    ),
    field(
        "ca",
        "",
        "PEM file with the roots for `metadata_url`, instead of the system's.",
    ),
    field(
        "default_groups",
        "[]",
        "Groups everybody of this provider is in, for example `[\"local:users\"]`.",
    ),
    field(
        "group_map",
        "{}",
        "Further groups by the provider's groups: `{ ops = [\"local:admins\"] }`.",
    ),
];
