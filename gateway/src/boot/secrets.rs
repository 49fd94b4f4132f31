//! The secret providers the configuration asks for.

use std::sync::Arc;

use secrecy::SecretString;
use secrets::{BoxFuture, Env, Files, Provider, ProviderError, Secrets};

use crate::{Config, Home};

/// The providers of this server.
pub(super) fn build(home: &Home, config: &Config) -> Secrets {
    let env = Prefixed {
        env: Env::new(),
        prefix: config.secrets.env_prefix.clone(),
    };
    let files = Files::new(home.join(&config.secrets.dir));
    Secrets::new(
        config.secrets.default.name(),
        vec![Arc::new(env), Arc::new(files)],
    )
}

/// The environment, as far as its names begin right.
struct Prefixed {
    env: Env,
    prefix: String,
}

impl Provider for Prefixed {
    fn name(&self) -> &str {
        self.env.name()
    }

    fn join(&self, keys: &[String]) -> String {
        self.env.join(keys)
    }

    fn read<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<SecretString, ProviderError>> {
        if path.starts_with(&self.prefix) {
            return self.env.read(path);
        }
        let refused = ProviderError::Name(
            path.to_owned(),
            "it does not begin with `secrets.env_prefix`",
        );
        Box::pin(std::future::ready(Err(refused)))
    }
}
