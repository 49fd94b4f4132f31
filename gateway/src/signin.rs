//! Signing in, from the app that asked for it over a provider and back: what is remembered between the steps.
//!
//! Everything here is bounded, one-use and gone after minutes. The first step ties itself to the browser that
//! took it, at the app's host and at the login's; the last step gives a session only to that browser, so that
//! nobody can collect a sign-in that somebody else completed.

mod flow;
mod oidc;
mod origin;
mod pool;
mod providers;
mod refresh;
#[cfg(feature = "saml")]
mod saml;

use std::time::Duration;

pub use self::oidc::kept;
#[cfg(feature = "saml")]
pub use self::saml::{NameIdKept, SamlProvider};
#[cfg(feature = "saml")]
pub use flow::Arrival;
pub use flow::{Asked, Leaving, Pending, Return, Ticket};
pub use origin::{is_exposed, is_login_host, origins};
pub use pool::Pool;
pub use providers::{ProviderError, Providers, Way};
pub use refresh::{Refresh, end, refresh};

/// How long a person may take over a sign-in.
const PENDING: Duration = Duration::from_secs(600);
/// How long a browser may take for the last step.
const TICKET: Duration = Duration::from_secs(60);

/// What sealed tokens of a person are for.
pub fn purpose(user: &str) -> String {
    format!("tokens {user}")
}

/// What is remembered of sign-ins on their way.
pub struct SignIns {
    /// Begun, not yet proven.
    pub pending: Pool<Pending>,
    /// Proven, to be collected by the app's host.
    pub tickets: Pool<Ticket>,
    /// Named by a provider in a request that carried no cookie, to be collected by the browser.
    #[cfg(feature = "saml")]
    pub arrivals: Pool<Arrival>,
    /// Where browsers that sign out go on to.
    pub leaving: Pool<Leaving>,
    /// Who asks a provider again.
    pub refresh: Refresh,
}

impl SignIns {
    /// None yet.
    pub fn new() -> SignIns {
        SignIns {
            pending: Pool::new(PENDING),
            tickets: Pool::new(TICKET),
            #[cfg(feature = "saml")]
            arrivals: Pool::new(TICKET),
            leaving: Pool::new(TICKET),
            refresh: Refresh::new(),
        }
    }
}
