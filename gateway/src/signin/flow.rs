//! The steps of a sign-in as they are remembered on the server.

use std::sync::Arc;

use jiff::Timestamp;
use policy::{Person, StepUp};
use url::Url;

/// Where a sign-in leads: a host of ours, the browser that came from there, and a path our router made.
#[derive(Clone, Debug)]
pub struct Return {
    /// Scheme and authority as the browser knows them.
    pub origin: String,
    /// The canonical host.
    pub host: String,
    /// The hash of the binding cookie at that host.
    pub binding: String,
    /// The path.
    pub next: String,
}

/// A sign-in that has begun.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// Where it leads; to the login's own host if nowhere else.
    pub back: Option<Return>,
    /// The hash of the binding cookie at the login's host, once the browser has come there.
    pub binding: Option<String>,
    /// What a session that exists already lacks.
    pub wish: Option<StepUp>,
    /// The only way to sign in that the app takes.
    pub provider: Option<String>,
    /// What the provider's answer is compared with.
    pub asked: Option<Asked>,
    /// Whose password was right and whose code is still to come.
    pub half: Option<crate::authn::Half>,
}

/// What was asked of a provider, to be compared with its answer.
#[derive(Clone, Debug)]
pub enum Asked {
    /// OpenID Connect.
    Oidc(String, oidc::Memory),
    /// SAML: the id of the request.
    #[cfg(feature = "saml")]
    Saml(String, String),
}

/// Somebody named by a provider, whose browser has not shown yet that it is the one that asked.
#[cfg(feature = "saml")]
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The sign-in.
    pub pending: Pending,
    /// Who.
    pub proven: crate::authn::Proven,
}

/// The next step of a browser that signs out: a message to the provider.
#[derive(Clone, Debug)]
pub enum Leaving {
    /// An address.
    To(Url),
    /// A form that posts.
    #[cfg(feature = "saml")]
    Post(Url, Vec<(&'static str, String)>),
}

/// A proven sign-in that a host may join.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The sign-in.
    pub sign_in: String,
    /// Whose it is.
    pub person: Arc<Person>,
    /// Where it leads.
    pub back: Return,
}

impl Pending {
    /// Whether somebody signed in like this is let through.
    pub fn takes(&self, person: &Person, now: Timestamp) -> bool {
        let provider = self
            .provider
            .as_deref()
            .is_none_or(|name| name == person.provider);
        let wish = self.wish.unwrap_or_default();
        let age = now.as_second().saturating_sub(person.auth.at.as_second());
        let fresh = wish
            .max_age
            .is_none_or(|max| u64::try_from(age).is_ok_and(|age| age < max.as_secs()));
        provider && fresh && (person.auth.mfa || !wish.mfa)
    }

    /// Whether `binding` is the browser's that has this sign-in, or nobody has it yet.
    pub fn is_of(&self, binding: &str) -> bool {
        self.binding.as_deref().is_none_or(|own| own == binding)
    }
}
