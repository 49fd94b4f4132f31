//! What tells who asks, from the files of the home: keys, providers, authorities.

use jiff::Timestamp;
use secrets::Seal;

use super::BootError;
use crate::{
    Config, Home,
    assertion::Assertions,
    authn::{Certificates, Provided},
    signin::Providers,
};

/// Everything of the kind.
pub(super) struct Identity {
    pub(super) seal: Seal,
    pub(super) providers: Providers,
    pub(super) certificates: Certificates,
    pub(super) assertions: Assertions,
}

/// Reads it, and makes keys that are missing.
pub(super) async fn read(
    home: &Home,
    config: &Config,
    now: Timestamp,
) -> Result<Identity, BootError> {
    let (home, config) = (home.clone(), config.clone());
    let read = tokio::task::spawn_blocking(move || {
        Ok(Identity {
            seal: Seal::open(&home.keys().join("seal.key"))?,
            providers: Providers::new(&home, &config, now)?,
            certificates: Certificates::open(&home, &config)?,
            assertions: Assertions::open(&home.keys(), now)?,
        })
    });
    read.await.map_err(BootError::Task)?
}

/// The providers whose sign-ins are good, and how often they are asked again.
pub(super) fn provided(config: &Config) -> Vec<Provided> {
    let oidc = config.oidc.iter().map(|(name, provider)| Provided {
        name: name.to_string(),
        refresh: i64::try_from(provider.refresh.duration().as_nanos()).ok(),
    });
    let saml = config.saml.keys().map(|name| Provided {
        name: name.to_string(),
        refresh: None,
    });
    oidc.chain(saml).collect()
}
