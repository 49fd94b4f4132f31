//! One provider, from the first redirect to the end of the session.

mod facts;

use std::sync::Arc;

use jiff::Timestamp;
use url::Url;

use crate::answer::Answer;
use crate::begin::begin;
use crate::cache::Cache;
use crate::error::{Error, Result};
use crate::exchange;
use crate::fetch::Fetch;
use crate::github;
use crate::identity::{Begun, Ended, Identity, Memory, Renewed, Tokens, Wish};
use crate::known::Known;
use crate::logout::{self, Used};
use crate::preset::Preset;
use crate::settings::Settings;

/// A provider that people sign in with. It is asked about itself on first use, and remembers nobody.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    fetch: Fetch,
    cache: Cache,
    used: Used,
}

impl Provider {
    /// Checks the settings; nothing is asked of the provider yet.
    ///
    /// # Errors
    /// [`Error::Settings`] when they can never work.
    pub fn new(settings: Settings) -> Result<Self> {
        settings.check()?;
        let fetch = Fetch::new(&settings)?;
        Ok(Self {
            settings,
            fetch,
            cache: Cache::default(),
            used: Used::default(),
        })
    }

    /// The settings it was made of.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// When the provider cannot be reached, is not what the settings say, or can never do what is wished.
    pub async fn begin(&self, wish: &Wish, now: Timestamp) -> Result<Begun> {
        if self.is_github() && wish.max_age.is_some() {
            return Err(Error::Age(
                "GitHub does not say when a person signed in; use another provider for this".into(),
            ));
        }
        if self.is_github() && wish.mfa {
            return Err(Error::Factor(
                "GitHub does not report one; use another provider for this".into(),
            ));
        }
        begin(
            &self.settings,
            &*self.known(now).await?,
            wish,
            now,
            !self.is_github(),
        )
    }

    /// Finishes a sign-in with the parameters that the browser brought. The memory is spent, whatever comes of it.
    ///
    /// # Errors
    /// When anything is not as it must be.
    pub async fn finish(
        &self,
        query: &[(String, String)],
        memory: &Memory,
        now: Timestamp,
    ) -> Result<Identity> {
        let answer = Answer::new(query, memory)?;
        let known = self.known(now).await?;
        let issuers = if self.is_github() {
            github::issuers(&known).to_vec()
        } else {
            vec![known.issuer.to_string()]
        };
        let code = answer.code(&issuers, known.names_issuer)?;
        let client = known.client(&self.settings, Some(&memory.redirect))?;
        let tokens = exchange::code(&client, &self.fetch, code, memory).await?;
        if self.is_github() {
            return github::person(&self.settings, &self.fetch, &tokens, now).await;
        }
        self.identify(known, &tokens, memory, now).await
    }

    /// Renews a sign-in: the tokens change, and so may the person's facts. The old refresh token is spent.
    ///
    /// # Errors
    /// [`Error::Gone`] when the provider ended it; an error that [`Error::is_temporary`] when it may work later; any
    /// other means that the answer cannot be trusted, and the sign-in should end.
    pub async fn refresh(&self, tokens: &Tokens, subject: &str, now: Timestamp) -> Result<Renewed> {
        let token = tokens.refresh.as_ref().ok_or(Error::NotRenewable)?;
        let known = self.known(now).await?;
        let answer =
            exchange::refresh(&known.client(&self.settings, None)?, &self.fetch, token).await?;
        let kept = exchange::keep(&answer, tokens, now);
        if self.is_github() {
            return github::person(&self.settings, &self.fetch, &answer, now)
                .await?
                .renewed(subject, kept);
        }
        Ok(self
            .refreshed(known, &answer, (tokens, subject), now)
            .await?
            .renewed(kept))
    }

    /// The provider's page for signing out there too, if it has one and can be asked. The person comes `back`.
    pub async fn end_session(&self, tokens: &Tokens, back: &Url, now: Timestamp) -> Option<Url> {
        logout::page(&self.settings, &*self.known(now).await.ok()?, tokens, back)
    }

    /// Judges a back-channel logout token and uses it up.
    ///
    /// # Errors
    /// When it is not a fresh logout token of this provider for us.
    pub async fn logout_token(&self, token: &str, now: Timestamp) -> Result<Ended> {
        let header = logout::header(token)?;
        let mut known = self.known(now).await?;
        let mut claims = logout::verify(&self.settings, &known, token, &header);
        if claims.is_none() {
            known = self
                .cache
                .renew(&self.settings, &self.fetch, &known, now)
                .await?;
            claims = logout::verify(&self.settings, &known, token, &header);
        }
        let claims = claims
            .ok_or_else(|| Error::Signature("no key of the provider made it for us".into()))?;
        let ended = logout::judge(&self.settings, claims, now)?;
        self.used.spend(&ended.id, now)?;
        Ok(ended)
    }

    async fn known(&self, now: Timestamp) -> Result<Arc<Known>> {
        if self.is_github() {
            return Ok(Arc::new(github::known(&self.settings, now)?));
        }
        self.cache.get(&self.settings, &self.fetch, now).await
    }

    fn is_github(&self) -> bool {
        self.settings.preset == Preset::GitHub
    }
}
