//! A provider of our own making, honest or not, against every promise of this crate.

mod fake;
mod github;
mod keys;
mod life;
mod logout;
mod tokens;
mod transport;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::{Begun, Error, Identity, Preset, Provider, Settings, Wish};
use fake::{Fake, Reply};
use keys::Key;

/// The moment at which the tests play.
const NOW: i64 = 2_000_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).unwrap()
}

fn settings(issuer: &str) -> Settings {
    let redirect = Url::parse("http://auth.localhost:8080/_sallyport/oidc/corp/callback").unwrap();
    let mut settings = Settings::new(
        "corp",
        Preset::Plain,
        Url::parse(issuer).unwrap(),
        "gate",
        redirect,
    );
    settings.client_secret = Some("secret".into());
    settings.timeout = Duration::from_secs(5);
    settings
}

/// The claims of an honest ID token for `begun`.
fn honest(issuer: &str, begun: &Begun) -> Value {
    json!({
        "iss": issuer, "aud": "gate", "sub": "u1", "iat": NOW, "exp": NOW + 300, "nonce": begun.memory.nonce,
        "name": "Ann", "email": "ann@example.com", "email_verified": true, "groups": ["dev", "admins"],
        "auth_time": NOW - 100, "sid": "s1", "amr": ["pwd"], "acr": "1",
    })
}

/// What a browser brings back from an honest provider.
fn query(begun: &Begun, issuer: &str) -> Vec<(String, String)> {
    [
        ("code", "c0de"),
        ("state", &begun.memory.state),
        ("iss", issuer),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}

/// A provider and its client.
struct Stage {
    fake: Fake,
    key: Key,
    provider: Provider,
}

impl Stage {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let fake = Fake::start().await;
        let key = Key::rsa("r1");
        fake.keys(&[key.public()]);
        let mut settings = settings(&fake.issuer);
        change(&mut settings);
        Self {
            provider: Provider::new(settings).unwrap(),
            fake,
            key,
        }
    }

    async fn begin(&self, wish: &Wish) -> Begun {
        self.provider.begin(wish, now()).await.unwrap()
    }

    /// Lets the token endpoint answer with this ID token.
    fn hand_out(&self, token: &str) {
        self.fake.set("/token", Reply::json(json!({
            "access_token": "at", "token_type": "Bearer", "expires_in": 60, "refresh_token": "rt1", "id_token": token,
        })));
    }

    /// A whole sign-in with changed claims.
    async fn sign_in(&self, change: impl FnOnce(&mut Value)) -> Result<Identity, Error> {
        self.sign_in_as(&Wish::default(), change).await
    }

    async fn sign_in_as(
        &self,
        wish: &Wish,
        change: impl FnOnce(&mut Value),
    ) -> Result<Identity, Error> {
        let begun = self.provider.begin(wish, now()).await?;
        let mut claims = honest(&self.fake.issuer, &begun);
        change(&mut claims);
        self.hand_out(&self.key.sign(&claims));
        self.provider
            .finish(&query(&begun, &self.fake.issuer), &begun.memory, now())
            .await
    }
}

fn code(result: Result<Identity, Error>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}
