//! The one way to a value: a permit for exactly this secret and this sink is spent on it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use audit::Outcome;
use policy::{Permit, SecretId, SecretResolve};
use secrecy::SecretString;

use crate::{Provider, ProviderError, Reference, provider};

/// Longest wait for a provider.
const PATIENCE: Duration = Duration::from_secs(10);

/// The configured providers.
pub struct Secrets {
    default: String,
    providers: BTreeMap<String, Arc<dyn Provider>>,
}

impl Secrets {
    /// Uses `providers`, the one called `default` for references that name none.
    pub fn new(default: &str, providers: Vec<Arc<dyn Provider>>) -> Self {
        let named = |provider: Arc<dyn Provider>| (provider.name().to_owned(), provider);
        Self {
            default: default.to_owned(),
            providers: providers.into_iter().map(named).collect(),
        }
    }

    /// The name of the provider for references that name none.
    pub fn default_provider(&self) -> &str {
        &self.default
    }

    /// The identity that policy judges: the real provider and the joined path.
    pub fn id(&self, reference: &Reference) -> Result<SecretId, SecretError> {
        let name = match reference.provider.as_deref() {
            None | Some("" | "default") => &self.default,
            Some(name) => name,
        };
        let provider = self.provider(name)?;
        let path = provider.join(&reference.keys);
        if !provider::canonical(&path) {
            return Err(SecretError::Name(path));
        }
        Ok(SecretId {
            provider: name.to_owned(),
            path,
        })
    }

    /// Spends `permit`, reads the value it is for and closes its record.
    pub async fn reveal(&self, permit: Permit<SecretResolve>) -> Result<SecretString, SecretError> {
        let started = Instant::now();
        let (call, open) = permit.spend();
        let value = self.read(&call.secret).await;
        let class = value.as_ref().err().map(SecretError::class);
        open.close(Outcome::of(class, started.elapsed()));
        value
    }

    async fn read(&self, id: &SecretId) -> Result<SecretString, SecretError> {
        let provider = self.provider(&id.provider)?;
        match tokio::time::timeout(PATIENCE, provider.read(&id.path)).await {
            Ok(value) => Ok(value?),
            Err(_) => Err(SecretError::Late(id.provider.clone())),
        }
    }

    fn provider(&self, name: &str) -> Result<&Arc<dyn Provider>, SecretError> {
        self.providers
            .get(name)
            .ok_or_else(|| SecretError::Provider(name.to_owned()))
    }
}

/// Shows the names of the providers only.
impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.providers.keys().collect();
        write!(formatter, "Secrets({names:?}, default `{}`)", self.default)
    }
}

/// Why a value cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The reference names a provider that is not configured.
    #[error("unknown secret provider `{0}`; configure it or correct the reference")]
    Provider(String),
    /// The path has no single spelling, so a policy about it could be passed by.
    #[error("secret name `{0}` is not allowed; use letters, digits, `_`, `-`, `.` and `/`")]
    Name(String),
    /// The provider did not answer in time.
    #[error("secret provider `{0}` does not answer")]
    Late(String),
    /// The provider refused or failed.
    #[error(transparent)]
    Value(#[from] ProviderError),
}

impl SecretError {
    /// The class for the record, which never holds a text.
    fn class(&self) -> &'static str {
        match self {
            Self::Provider(_) => "secret.provider",
            Self::Name(_) => "secret.name",
            Self::Late(_) => "secret.late",
            Self::Value(_) => "secret.value",
        }
    }
}

#[cfg(test)]
mod tests;
