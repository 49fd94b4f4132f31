//! `[oidc.<name>]`: an OpenID Connect provider, or GitHub, where people sign in.

use std::{collections::BTreeMap, path::PathBuf};

use oidc::Preset;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    provider::{GroupName, Membership},
    reference::{Field, field},
    value::Period,
};

/// `[oidc.<name>]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// What kind of provider.
    #[serde(default)]
    pub preset: Preset,
    /// The issuer, exactly as the provider calls itself.
    pub issuer: Option<Url>,
    /// The one tenant of a multi-tenant issuer.
    pub tenant: Option<String>,
    /// Where the API of GitHub Enterprise is.
    pub api: Option<Url>,
    /// Our id at the provider.
    pub client_id: String,
    /// File with our secret at the provider.
    pub client_secret_file: Option<PathBuf>,
    /// Environment variable with our secret at the provider.
    pub client_secret_env: Option<String>,
    /// What the button of the login page says.
    pub title: Option<String>,
    /// Scopes to ask for instead of the preset's.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Where groups are instead of the preset's place.
    pub groups_claim: Option<String>,
    /// Where the name is.
    pub name_claim: Option<String>,
    /// Where groups are fetched when a token has no room for them.
    pub groups_endpoint: Option<Url>,
    /// Context classes that mean a second factor.
    #[serde(default)]
    pub mfa_acr: Vec<String>,
    /// The one domain of Google Workspace whose people may sign in.
    pub hosted_domain: Option<String>,
    /// Whether to ask for a refresh token.
    #[serde(default = "yes")]
    pub offline: bool,
    /// How often the provider is asked about people who are signed in.
    #[serde(default = "quarter")]
    pub refresh: Period,
    /// How long a sign-in without a refresh token is good.
    #[serde(default = "half_a_day")]
    pub session_max: Period,
    /// PEM file with roots for the provider's certificate, instead of the system's.
    pub ca: Option<PathBuf>,
    /// Groups everybody of the provider is in.
    #[serde(default)]
    pub default_groups: Vec<GroupName>,
    /// Further groups by the provider's own groups.
    #[serde(default)]
    pub group_map: BTreeMap<String, Vec<GroupName>>,
}

impl Oidc {
    /// What membership means here.
    pub fn membership(&self) -> Membership {
        Membership {
            default_groups: self.default_groups.clone(),
            group_map: self.group_map.clone(),
        }
    }
}

fn yes() -> bool {
    true
}

pub(super) fn half_a_day() -> Period {
    Period::seconds(43_200)
}

fn quarter() -> Period {
    Period::seconds(900)
}

pub(super) const TEXT: &str = "An OpenID Connect provider (or GitHub) where people sign in; `<name>` is part of the ids \
of its people (`<name>:<subject>`) and groups (`<name>:<group>`). Register \
`<login origin>/_sallyport/oidc/<name>/callback` there as the redirect address, and \
`<login origin>/_sallyport/oidc/<name>/logout` for back-channel logout. Needs `[login] origin`.";

pub(super) const OIDC: &[Field] = &[
    field(
        "preset",
        "\"plain\"",
        "`plain`, `google`, `entra`, `okta`, `gitlab`, `keycloak` or `github`: defaults that fit.",
    ),
    field(
        "issuer",
        "",
        "The issuer, exactly as the provider calls itself; presets `google`, `gitlab` and `github` know theirs.",
    ),
    field(
        "tenant",
        "",
        "The one tenant (id) of an `entra` issuer that serves many.",
    ),
    field(
        "api",
        "",
        "Where the API of GitHub Enterprise is; preset `github` only.",
    ),
    field("client_id", "", "Our id at the provider. Required."),
    field(
        "client_secret_file",
        "",
        "File with our secret at the provider. Without a secret we are a public client.",
    ),
    field(
        "client_secret_env",
        "",
        "Environment variable with our secret, instead of a file.",
    ),
    field(
        "title",
        "",
        "What the button of the login page says; the name if not given.",
    ),
    field("scopes", "", "Scopes to ask for, instead of the preset's."),
    field(
        "groups_claim",
        "",
        "The claim with the groups, for example `groups` or `realm_access.roles`.",
    ),
    field("name_claim", "", "The claim with the name shown to people."),
    field(
        "groups_endpoint",
        "",
        "Where groups are fetched when a token has no room for them; preset `entra` knows its own.",
    ),
    field(
        "mfa_acr",
        "[]",
        "Values of `acr` that mean a second factor; asked for when policy wants one.",
    ),
    field(
        "hosted_domain",
        "",
        "Only people of this Google Workspace domain (`hd`).",
    ),
    field(
        "offline",
        "true",
        "Whether to ask for a refresh token, so that changes at the provider are seen before `session_max`.",
    ),
    field(
        "refresh",
        "\"15m\"",
        "How often the provider is asked whether a person may still be signed in, and in which groups.",
    ),
    field(
        "session_max",
        "\"12h\"",
        "How long a sign-in is good at most when the provider gave no refresh token and so cannot be asked again.",
    ),
    field(
        "ca",
        "",
        "PEM file with the roots for the provider's certificate, instead of the system's.",
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
