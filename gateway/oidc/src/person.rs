//! Proven claims become a person: userinfo is asked for what the token leaves out, then every rule of the settings and
//! every wish of the sign-in is checked.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::claims::Claims;
use crate::error::{Error, Result, clean};
use crate::fetch::Fetch;
use crate::groups::groups;
use crate::identity::{Identity, Memory, Renewed, Tokens};
use crate::known::Known;
use crate::proof::LEEWAY;
use crate::settings::Settings;

/// Where more can be learnt about a person.
pub struct Source<'a> {
    /// What the operator wants.
    pub settings: &'a Settings,
    /// The way to the provider.
    pub fetch: &'a Fetch,
    /// Its endpoints.
    pub known: &'a Known,
    /// The person's access token.
    pub access: SecretString,
}

/// What is known of a person apart from how they signed in.
pub struct Facts {
    subject: String,
    name: String,
    email: Option<String>,
    groups: Vec<String>,
}

impl Source<'_> {
    /// Adds userinfo where it is needed, and reads the person's facts.
    pub async fn facts(&self, claims: &mut Claims, subject: String) -> Result<Facts> {
        if self.known.userinfo.is_some() && self.lacks(claims) {
            self.ask(claims, &subject).await?;
        }
        check_domain(self.settings, claims)?;
        Ok(Facts {
            name: claims.name(self.settings, &subject),
            email: claims.email(),
            groups: groups(self.settings, self.fetch, claims, &self.access).await?,
            subject,
        })
    }

    /// Adds what userinfo says.
    pub async fn ask(&self, claims: &mut Claims, subject: &str) -> Result<()> {
        let endpoint = self.known.userinfo.as_ref().ok_or_else(|| {
            Error::Response(
                "it renews without an ID token and has no userinfo endpoint; one of them is needed"
                    .into(),
            )
        })?;
        claims.extend(self.fetch.own(endpoint, &self.access).await?, subject)
    }

    fn lacks(&self, claims: &Claims) -> bool {
        if claims.is_extended() {
            return false;
        }
        let claim = &self.settings.groups_claim;
        let groups = !claim.is_empty() && !claims.has(claim) && !claims.overflow(claim);
        let email =
            self.settings.scopes.iter().any(|scope| scope == "email") && !claims.has("email");
        groups || email || !claims.has(&self.settings.name_claim)
    }
}

impl Facts {
    /// The person who signed in, if they did so as strongly as was wished.
    pub fn identity(
        self,
        (settings, memory): (&Settings, &Memory),
        claims: &Claims,
        at: Option<Timestamp>,
        tokens: Tokens,
    ) -> Result<Identity> {
        let amr = claims
            .texts("amr")
            .map_err(|_| Error::Response("`amr` is no list of texts".into()))?;
        let acr = claims.text("acr")?;
        let mfa = amr.iter().any(|method| method == "mfa")
            || acr
                .as_ref()
                .is_some_and(|acr| settings.mfa_acr.contains(acr));
        check_age(memory, at)?;
        if memory.mfa && !mfa {
            return Err(Error::Factor("the provider reports none".into()));
        }
        Ok(Identity {
            subject: self.subject,
            name: self.name,
            email: self.email,
            groups: self.groups,
            mfa,
            amr,
            acr,
            at: at.unwrap_or(Timestamp::UNIX_EPOCH),
            sid: claims.text("sid")?,
            tokens,
        })
    }

    /// The person of now.
    pub fn renewed(self, tokens: Tokens) -> Renewed {
        Renewed {
            name: self.name,
            email: self.email,
            groups: self.groups,
            tokens,
        }
    }
}

fn check_domain(settings: &Settings, claims: &Claims) -> Result<()> {
    match &settings.hosted_domain {
        Some(domain) if claims.text("hd")?.as_ref() != Some(domain) => {
            Err(Error::Domain(clean(domain)))
        }
        Some(_) | None => Ok(()),
    }
}

/// When the sign-in began, the person had to have proved themselves within the wished time.
fn check_age(memory: &Memory, at: Option<Timestamp>) -> Result<()> {
    let Some(age) = memory.max_age else {
        return Ok(());
    };
    let at = at.ok_or_else(|| {
        Error::Age("the provider does not say when the person signed in (`auth_time`)".into())
    })?;
    let earliest = memory
        .begun
        .saturating_sub(i64::try_from(age).unwrap_or(i64::MAX))
        .saturating_sub(LEEWAY);
    if at.as_second() < earliest {
        return Err(Error::Age(
            "the person last signed in at the provider before that".into(),
        ));
    }
    Ok(())
}
