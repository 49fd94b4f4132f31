//! Service accounts and their tokens.

use serde::{Deserialize, Serialize};

use super::Password;

/// `service.add`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AddService {
    /// What operators call it.
    pub name: String,
    /// Groups, by name.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// `service.update`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateService {
    /// Which one.
    pub name: String,
    /// Whether its tokens are refused from now on.
    pub disabled: bool,
    /// Tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// `service.delete`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteService {
    /// Which one.
    pub name: String,
    /// Tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Answer to `service.update` and `service.delete`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ServiceChanged {
    /// Which one.
    pub name: String,
    /// Its id.
    pub id: String,
    /// How many tokens it has or had.
    pub tokens: usize,
    /// Whether anything is different now.
    pub changed: bool,
    /// Nothing was stored.
    pub dry_run: bool,
}

/// A service account; answer to `service.add`, and one of those of `service.list`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct ServiceSummary {
    /// What operators call it.
    pub name: String,
    /// `sa:<uuid>`.
    pub id: String,
    /// Groups.
    pub groups: Vec<String>,
    /// Its tokens are refused.
    pub disabled: bool,
    /// When added, RFC 3339.
    pub created: String,
    /// Who added it.
    pub created_by: String,
}

/// `token.create`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// The service account, by name.
    pub service: String,
    /// For how many seconds it is good.
    pub seconds: u64,
    /// Only for these apps (`[host:]/path`); for every app if there is none.
    #[serde(default)]
    pub apps: Vec<String>,
    /// Only for requests that change nothing.
    #[serde(default)]
    pub read_only: bool,
}

/// Answer to `token.create`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct CreatedToken {
    /// The token, told only now.
    pub token: Password,
    /// What is kept of it.
    #[serde(flatten)]
    pub summary: TokenSummary,
}

/// `token.list`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListTokens {
    /// Only those of this service account.
    #[serde(default)]
    pub service: Option<String>,
}

/// `token.revoke`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeToken {
    /// Its id, as listed.
    pub id: String,
}

/// One token in a list.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct TokenSummary {
    /// Its id, which is no secret.
    pub id: String,
    /// Whose it is.
    pub service: String,
    /// The apps it is for; empty for every app.
    pub apps: Vec<String>,
    /// Whether it is only for requests that change nothing.
    pub read_only: bool,
    /// When it was made, RFC 3339.
    pub created: String,
    /// Who made it.
    pub created_by: String,
    /// From when on it is refused, RFC 3339.
    pub expires: String,
    /// When it was last used, RFC 3339, to the minute.
    pub used: Option<String>,
}
