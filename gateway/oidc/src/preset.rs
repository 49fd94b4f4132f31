//! What is peculiar to well-known providers, so that their operators need to write three lines and not ten.

use url::Url;

/// A kind of provider. It only fills in what the settings leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Any provider that keeps to the standard. Groups come from `groups`.
    #[default]
    Plain,
    /// Google: no groups, no time of sign-in. Set `hosted_domain` to keep to one organisation. Refresh tokens come with
    /// `access_type=offline`, not with a scope.
    Google,
    /// Microsoft Entra ID: issuer `https://login.microsoftonline.com/<tenant>/v2.0`. Groups are object ids; when they
    /// are too many for a token they are asked of Graph. Addresses are never verified, so there is no e-mail.
    Entra,
    /// Okta: issuer `https://<org>.okta.com` or `…/oauth2/<server>`. Add a `groups` claim to the authorization server.
    Okta,
    /// GitLab: groups are paths such as `team/project`, from userinfo. Refresh tokens come without a scope.
    GitLab,
    /// Keycloak: issuer `https://<host>/realms/<realm>`. Add a group mapper, or take `realm_access.roles`.
    /// Refresh tokens come without a scope and end with the session.
    Keycloak,
    /// GitHub, which speaks OAuth only: people are known by their number, groups are `org` and `org/team`. It reports
    /// neither a second factor nor a time of sign-in, and has no logout.
    GitHub,
}

/// How a provider is asked for a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offline {
    /// `offline_access` and the person's consent, as the standard has it.
    Consent,
    /// `offline_access` alone.
    Scope,
    /// `access_type=offline` and the person's consent.
    AccessType,
    /// Nothing: it always gives one, or never does.
    Implied,
}

impl Preset {
    /// The scopes to ask for.
    pub fn scopes(self) -> Vec<String> {
        let scopes: &[&str] = match self {
            Self::Plain | Self::Google | Self::GitLab | Self::Keycloak => {
                &["openid", "profile", "email"]
            }
            Self::Entra => &["openid", "profile", "email", "User.Read"],
            Self::Okta => &["openid", "profile", "email", "groups"],
            Self::GitHub => &["read:user", "user:email", "read:org"],
        };
        scopes.iter().map(|&scope| scope.to_owned()).collect()
    }

    /// The claim that holds the groups; empty when the provider knows none.
    pub fn groups_claim(self) -> &'static str {
        match self {
            Self::Google => "",
            Self::Plain
            | Self::Entra
            | Self::Okta
            | Self::GitLab
            | Self::Keycloak
            | Self::GitHub => "groups",
        }
    }

    /// The claim that holds the name to show.
    pub fn name_claim(self) -> &'static str {
        match self {
            Self::Plain
            | Self::Google
            | Self::Entra
            | Self::Okta
            | Self::GitLab
            | Self::Keycloak
            | Self::GitHub => "name",
        }
    }

    /// The classes of sign-in that mean a second factor.
    pub fn mfa_acr(self) -> Vec<String> {
        match self {
            Self::Okta => vec!["urn:okta:loa:2fa:any".to_owned()],
            Self::Plain
            | Self::Google
            | Self::Entra
            | Self::GitLab
            | Self::Keycloak
            | Self::GitHub => Vec::new(),
        }
    }

    /// The issuer, where there is only one.
    pub fn issuer(self) -> Option<Url> {
        let issuer = match self {
            Self::Google => "https://accounts.google.com",
            Self::GitLab => "https://gitlab.com",
            Self::GitHub => "https://github.com",
            Self::Plain | Self::Entra | Self::Okta | Self::Keycloak => return None,
        };
        Url::parse(issuer).ok()
    }

    /// Where groups are asked for when they are too many for a token.
    pub fn groups_endpoint(self) -> Option<Url> {
        match self {
            Self::Entra => Url::parse(
                "https://graph.microsoft.com/v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999",
            )
            .ok(),
            Self::Plain | Self::Google | Self::Okta | Self::GitLab | Self::Keycloak | Self::GitHub => None,
        }
    }

    pub(crate) fn offline(self) -> Offline {
        match self {
            Self::Plain => Offline::Consent,
            Self::Entra | Self::Okta => Offline::Scope,
            Self::Google => Offline::AccessType,
            Self::GitLab | Self::Keycloak | Self::GitHub => Offline::Implied,
        }
    }
}
