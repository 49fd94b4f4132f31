//! From an answer of the token endpoint to the person it speaks of, with one look at newer keys when no known key fits.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use openidconnect::core::{CoreIdToken, CoreTokenResponse};
use openidconnect::{Nonce, NonceVerifier, TokenResponse};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::claims::Claims;
use crate::error::{Error, Result};
use crate::exchange;
use crate::identity::{Identity, Memory, Tokens};
use crate::known::Known;
use crate::person::{Facts, Source};
use crate::proof::{Doubt, Proven, prove};
use crate::provider::Provider;

impl Provider {
    /// The person of a new sign-in.
    pub(super) async fn identify(
        &self,
        known: Arc<Known>,
        answer: &CoreTokenResponse,
        memory: &Memory,
        now: Timestamp,
    ) -> Result<Identity> {
        let token = exchange::id_token(answer)?;
        let nonce = Nonce::new(memory.nonce.clone());
        let (proven, known) = self.prove(known, (answer, token), &nonce, now).await?;
        let Proven { mut claims, at } = proven;
        let subject = claims.subject()?;
        let facts = self
            .source(&known, answer)
            .facts(&mut claims, subject)
            .await?;
        facts.identity(
            (&self.settings, memory),
            &claims,
            at,
            exchange::keep(answer, &Tokens::default(), now),
        )
    }

    /// The facts of a renewed sign-in, which must be of the same person.
    pub(super) async fn refreshed(
        &self,
        known: Arc<Known>,
        answer: &CoreTokenResponse,
        (old, subject): (&Tokens, &str),
        now: Timestamp,
    ) -> Result<Facts> {
        let Some(token) = answer.id_token() else {
            let mut claims = Claims::default();
            let source = self.source(&known, answer);
            source.ask(&mut claims, subject).await?;
            return source.facts(&mut claims, subject.to_owned()).await;
        };
        let expected = old.id.as_ref().and_then(|id| nonce(id.expose_secret()));
        let (proven, known) = self
            .prove(
                known,
                (answer, token),
                |nonce: Option<&Nonce>| same(nonce, &expected),
                now,
            )
            .await?;
        let mut claims = proven.claims;
        if claims.subject()? != subject {
            return Err(Error::Subject(
                "the renewed ID token is of somebody else".into(),
            ));
        }
        self.source(&known, answer)
            .facts(&mut claims, subject.to_owned())
            .await
    }

    async fn prove(
        &self,
        known: Arc<Known>,
        token: (&CoreTokenResponse, &CoreIdToken),
        nonce: impl NonceVerifier + Clone,
        now: Timestamp,
    ) -> Result<(Proven, Arc<Known>)> {
        match prove(&self.settings, &known, token, nonce.clone(), now) {
            Ok(proven) => return Ok((proven, known)),
            Err(Doubt::Final(error)) => return Err(error),
            Err(Doubt::Key(_)) => {}
        }
        let known = self
            .cache
            .renew(&self.settings, &self.fetch, &known, now)
            .await?;
        match prove(&self.settings, &known, token, nonce, now) {
            Ok(proven) => Ok((proven, known)),
            Err(Doubt::Final(error) | Doubt::Key(error)) => Err(error),
        }
    }

    fn source<'a>(&'a self, known: &'a Known, answer: &CoreTokenResponse) -> Source<'a> {
        Source {
            settings: &self.settings,
            fetch: &self.fetch,
            known,
            access: exchange::access(answer),
        }
    }
}

/// A renewed token need not repeat the nonce, but must not have another.
fn same(found: Option<&Nonce>, expected: &Option<String>) -> std::result::Result<(), String> {
    match (found, expected) {
        (Some(found), Some(expected)) if found.secret() != expected => {
            Err("it is of another sign-in".into())
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

/// The nonce of a token that was proven when it was new.
fn nonce(token: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1)?)
        .ok()?;
    let claims: Value = serde_json::from_slice(&bytes).ok()?;
    claims
        .get("nonce")
        .and_then(Value::as_str)
        .map(str::to_owned)
}
