//! GitHub, which has no ID tokens: what its API says to the bearer of a fresh access token is the identity.

use jiff::Timestamp;
use openidconnect::core::CoreTokenResponse;
use openidconnect::{AuthType, AuthUrl, IssuerUrl, TokenUrl};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use crate::error::{Error, Result};
use crate::exchange;
use crate::fetch::Fetch;
use crate::groups::bounded;
use crate::identity::{Identity, Tokens};
use crate::keys::Keys;
use crate::known::Known;
use crate::mail::email_domain;
use crate::settings::Settings;

/// How many entries a page of the API has.
const PAGE: usize = 100;

/// How many pages are read.
const PAGES: usize = 10;

/// Its endpoints, which need no asking.
pub fn known(settings: &Settings, now: Timestamp) -> Result<Known> {
    let base = settings.issuer.as_str().trim_end_matches('/');
    let wrong = |_| settings.wrong("`issuer` must be the web address of GitHub");
    Ok(Known {
        issuer: IssuerUrl::new(base.to_owned()).map_err(wrong)?,
        authorize: AuthUrl::new(format!("{base}/login/oauth/authorize")).map_err(wrong)?,
        token: TokenUrl::new(format!("{base}/login/oauth/access_token")).map_err(wrong)?,
        userinfo: None,
        end_session: None,
        names_issuer: false,
        proof: AuthType::RequestBody,
        keys: Keys::none(&settings.issuer, now),
        at: now,
    })
}

/// The names under which it may answer, if it names itself.
pub fn issuers(known: &Known) -> [String; 2] {
    [
        known.issuer.to_string(),
        format!("{}/login/oauth", known.issuer.as_str()),
    ]
}

/// Who the bearer of the answer's access token is.
pub async fn person(
    settings: &Settings,
    fetch: &Fetch,
    answer: &CoreTokenResponse,
    now: Timestamp,
) -> Result<Identity> {
    let asker = Asker {
        settings,
        fetch,
        access: exchange::access(answer),
    };
    let user = asker.get("user", 0).await?;
    let subject = user
        .get("id")
        .and_then(Value::as_u64)
        .ok_or_else(|| Error::Subject("`id` is missing".into()))?;
    Ok(Identity {
        subject: subject.to_string(),
        name: name(settings, &user).unwrap_or_else(|| subject.to_string()),
        email: asker.email().await?,
        groups: asker.groups().await?,
        mfa: false,
        amr: Vec::new(),
        acr: None,
        at: Timestamp::UNIX_EPOCH,
        sid: None,
        tokens: exchange::keep(answer, &Tokens::default(), now),
    })
}

fn name(settings: &Settings, user: &Value) -> Option<String> {
    [settings.name_claim.as_str(), "name", "login"]
        .into_iter()
        .filter_map(|field| user.get(field).and_then(Value::as_str))
        .map(|name| {
            name.chars()
                .filter(|letter| !letter.is_control())
                .take(256)
                .collect::<String>()
        })
        .find(|name| !name.trim().is_empty())
}

struct Asker<'a> {
    settings: &'a Settings,
    fetch: &'a Fetch,
    access: SecretString,
}

impl Asker<'_> {
    /// The primary address, if it is verified.
    async fn email(&self) -> Result<Option<String>> {
        let flag = |entry: &Value, name: &str| entry.get(name) == Some(&Value::Bool(true));
        if !self
            .settings
            .scopes
            .iter()
            .any(|scope| scope == "user:email" || scope == "user")
        {
            return Ok(None);
        }
        let found = self.all("user/emails").await?;
        let primary = found
            .iter()
            .find(|entry| flag(entry, "primary") && flag(entry, "verified"));
        let email = primary.and_then(|entry| entry.get("email").and_then(Value::as_str));
        Ok(email
            .filter(|email| email_domain(email).is_some())
            .map(str::to_owned))
    }

    /// Organisations and teams.
    async fn groups(&self) -> Result<Vec<String>> {
        if self.settings.groups_claim.is_empty() {
            return Ok(Vec::new());
        }
        let mut groups = Vec::new();
        for entry in self.all("user/orgs").await? {
            groups.push(word(entry.get("login"))?);
        }
        for entry in self.all("user/teams").await? {
            let organisation = entry
                .get("organization")
                .and_then(|organisation| organisation.get("login"));
            groups.push(format!(
                "{}/{}",
                word(organisation)?,
                word(entry.get("slug"))?
            ));
        }
        bounded(self.settings, groups)
    }

    /// All entries of a list.
    async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut entries = Vec::new();
        for page in 1..=PAGES {
            let Value::Array(more) = self.get(path, page).await? else {
                return Err(Error::Response(format!("`{path}` is no list")));
            };
            let last = more.len() < PAGE;
            entries.extend(more);
            if last {
                return Ok(entries);
            }
        }
        Err(Error::Groups(format!(
            "`{path}` has more than {PAGES} pages"
        )))
    }

    async fn get(&self, path: &str, page: usize) -> Result<Value> {
        let mut url = api(self.settings, path)?;
        if page > 0 {
            url.set_query(Some(&format!("per_page={PAGE}&page={page}")));
        }
        self.fetch
            .own(&url, &self.access)
            .await
            .map_err(|error| match error {
                Error::Response(reason) => Error::Response(format!(
                    "{reason}; the scopes `read:user`, `user:email` and `read:org` are needed"
                )),
                other => other,
            })
    }
}

/// A login or slug: letters, digits, hyphens, underscores and dots.
fn word(value: Option<&Value>) -> Result<String> {
    value
        .and_then(Value::as_str)
        .filter(|word| (1..=256).contains(&word.len()))
        .filter(|word| {
            word.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        })
        .map(str::to_owned)
        .ok_or_else(|| Error::Groups("an organisation or team has no proper name".into()))
}

/// Where the API lies: the settings say it, or it follows from the web address.
fn api(settings: &Settings, path: &str) -> Result<Url> {
    let base = match &settings.api {
        Some(api) => api.as_str().trim_end_matches('/').to_owned(),
        None if settings.issuer.host_str() == Some("github.com") => {
            "https://api.github.com".to_owned()
        }
        None => format!("{}/api/v3", settings.issuer.as_str().trim_end_matches('/')),
    };
    Url::parse(&format!("{base}/{path}"))
        .map_err(|_| settings.wrong("`api` must be the address of GitHub's API"))
}
