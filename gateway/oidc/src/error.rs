//! Why a provider's word is not taken: each reason has a short name for records and a text for the operator.
//!
//! No text holds a code, a token or a secret, and what a provider or a stranger wrote is shortened and cleaned first.

use thiserror::Error;

/// A result that may be refused.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was refused. [`Error::code`] is the word that belongs into a record.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings cannot work.
    #[error("[oidc.{name}] {reason}")]
    Settings {
        /// The provider's name.
        name: String,
        /// What is wrong and what to write instead.
        reason: String,
    },
    /// The answer does not belong to the sign-in it claims to finish.
    #[error(
        "the answer does not belong to this sign-in ({0}); start again from the page you wanted to see"
    )]
    State(&'static str),
    /// The ID token was made for another sign-in.
    #[error("the ID token was made for another sign-in ({0}); start again")]
    Nonce(String),
    /// Somebody else answered than was asked.
    #[error(
        "another issuer answered than was asked ({0}); compare `issuer` with what the provider's discovery says"
    )]
    Issuer(String),
    /// The token is not for us.
    #[error(
        "the token is not for this gateway ({0}); compare `client_id` with the client at the provider"
    )]
    Audience(String),
    /// The signature is missing, wrong, or of a kind that is not accepted.
    #[error(
        "the token's signature does not hold ({0}); the provider must sign with an RSA, EC or EdDSA key of its key set"
    )]
    Signature(String),
    /// The token is too old, or from the future.
    #[error(
        "the token is not of this moment ({0}); compare the clocks of the gateway and the provider"
    )]
    Expired(String),
    /// The person proved who they are too long ago, or the provider does not say when.
    #[error("a fresh sign-in was asked for, but {0}")]
    Age(String),
    /// A second factor was asked for and not reported.
    #[error(
        "a second factor was asked for, but {0}; see `mfa_acr`, and let the provider send `acr` or `amr`"
    )]
    Factor(String),
    /// The provider cannot protect the code.
    #[error("the provider does not offer PKCE with S256 ({0}); turn it on there")]
    Pkce(String),
    /// Userinfo speaks of somebody else, or a subject is missing.
    #[error("the provider's answers name different people or nobody ({0})")]
    Subject(String),
    /// Groups are too many, malformed, or not to be had.
    #[error("the person's groups cannot be used: {0}")]
    Groups(String),
    /// The account belongs to another organisation.
    #[error("the account does not belong to `{0}`; sign in with an account of that domain")]
    Domain(String),
    /// The provider said no.
    #[error("the provider refused: `{0}`; its own log says why")]
    Refused(String),
    /// The refresh token is spent, or the person's session at the provider is over.
    #[error("the provider no longer honours the refresh token; the person has to sign in again")]
    Gone,
    /// The provider gave nothing to renew the sign-in with.
    #[error(
        "the provider gave no refresh token; set `offline = true` and allow refresh tokens for the client"
    )]
    NotRenewable,
    /// The provider cannot be reached, or does not answer in time.
    #[error(
        "the provider cannot be reached: {0}; try again, and check the network, the certificate and `ca`"
    )]
    Unavailable(String),
    /// The provider's answer makes no sense.
    #[error("the provider's answer cannot be used: {0}")]
    Response(String),
    /// The logout token is not one.
    #[error("this is no logout token: {0}")]
    Logout(&'static str),
    /// The logout token was used before.
    #[error("this logout token was used before")]
    Replay,
}

impl Error {
    /// The word for records; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settings { .. } => "oidc-settings",
            Self::State(_) => "oidc-state",
            Self::Nonce(_) => "oidc-nonce",
            Self::Issuer(_) => "oidc-issuer",
            Self::Audience(_) => "oidc-audience",
            Self::Signature(_) => "oidc-signature",
            Self::Expired(_) => "oidc-expired",
            Self::Age(_) => "oidc-age",
            Self::Factor(_) => "oidc-factor",
            Self::Pkce(_) => "oidc-pkce",
            Self::Subject(_) => "oidc-subject",
            Self::Groups(_) => "oidc-groups",
            Self::Domain(_) => "oidc-domain",
            Self::Refused(_) => "oidc-refused",
            Self::Gone => "oidc-gone",
            Self::NotRenewable => "oidc-not-renewable",
            Self::Unavailable(_) => "oidc-unavailable",
            Self::Response(_) => "oidc-response",
            Self::Logout(_) => "oidc-logout",
            Self::Replay => "oidc-replay",
        }
    }

    /// Whether the same question may be answered a moment later. Everything else is final.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// What others wrote, made fit for one line of a log: at most 120 characters, none of them control characters.
pub(crate) fn clean(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(120)
        .map(|letter| {
            if letter.is_ascii() && !letter.is_ascii_control() {
                letter
            } else {
                '?'
            }
        })
        .collect();
    if text.chars().nth(120).is_some() {
        short.push_str("...");
    }
    short
}
