//! Claims about a person: read with suspicion, bounded, and never bent into shape.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::mail::email_domain;
use crate::settings::Settings;

/// The longest name, group or class that is taken.
const LONGEST: usize = 256;

/// What an ID token says, and after it what userinfo adds.
#[derive(Debug, Default)]
pub struct Claims {
    own: Map<String, Value>,
    more: Map<String, Value>,
}

impl Claims {
    /// The claims of a token.
    pub fn new(own: Map<String, Value>) -> Self {
        Self {
            own,
            more: Map::new(),
        }
    }

    /// Adds what userinfo says, if it speaks of the same person.
    pub fn extend(&mut self, more: Value, subject: &str) -> Result<()> {
        match more {
            Value::Object(more) if more.get("sub").and_then(Value::as_str) == Some(subject) => {
                self.more = more;
                Ok(())
            }
            Value::Object(_) => Err(Error::Subject("userinfo speaks of somebody else".into())),
            _ => Err(Error::Response(
                "userinfo is no JSON object; turn off its signature at the provider".into(),
            )),
        }
    }

    /// Whether userinfo was asked.
    pub fn is_extended(&self) -> bool {
        !self.more.is_empty()
    }

    /// Who it is about.
    pub fn subject(&self) -> Result<String> {
        match self.text("sub")? {
            Some(subject) if !subject.is_empty() => Ok(subject),
            Some(_) | None => Err(Error::Subject("`sub` is missing".into())),
        }
    }

    /// A short text without control characters.
    pub fn text(&self, path: &str) -> Result<Option<String>> {
        match self.find(path) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if is_fair(text) => Ok(Some(text.clone())),
            Some(_) => Err(Error::Response(format!(
                "`{path}` is no text of at most {LONGEST} ordinary characters"
            ))),
        }
    }

    /// Several texts, or one.
    pub fn texts(&self, path: &str) -> Result<Vec<String>> {
        match self.find(path) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(value) => list(value).ok_or_else(|| {
                Error::Groups(format!("`{path}` must be a text or a list of texts, each of at most {LONGEST} ordinary characters"))
            }),
        }
    }

    /// The name to show: the settings' claim, the usual ones, and if need be the subject. Only what can be shown stays.
    pub fn name(&self, settings: &Settings, subject: &str) -> String {
        [settings.name_claim.as_str(), "name", "preferred_username"]
            .into_iter()
            .filter_map(|path| self.find(path).and_then(Value::as_str))
            .map(shown)
            .find(|name| !name.is_empty())
            .unwrap_or_else(|| subject.to_owned())
    }

    /// The address, if the provider says with a true boolean, in the same place, that it verified it.
    pub fn email(&self) -> Option<String> {
        let source = if self.own.contains_key("email") {
            &self.own
        } else {
            &self.more
        };
        let email = source.get("email").and_then(Value::as_str)?;
        let verified = source.get("email_verified") == Some(&Value::Bool(true));
        (verified && email_domain(email).is_some()).then(|| email.to_owned())
    }

    /// Whether the provider left out the groups because there are too many.
    pub fn overflow(&self, claim: &str) -> bool {
        [&self.own, &self.more].into_iter().any(|claims| {
            let named = claims
                .get("_claim_names")
                .and_then(|names| names.get(claim))
                .is_some();
            named
                || claims
                    .get("hasgroups")
                    .is_some_and(|flag| *flag == Value::Bool(true) || flag == "true")
        })
    }

    /// Whether there is something at `path`.
    pub fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// A claim by its whole name, otherwise by a dotted path, in the token and then in userinfo.
    fn find(&self, path: &str) -> Option<&Value> {
        [&self.own, &self.more]
            .into_iter()
            .find_map(|claims| claims.get(path).or_else(|| walk(claims, path)))
    }
}

fn walk<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut steps = path.split('.');
    let first = claims.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get(step))
}

fn list(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| {
        value
            .as_str()
            .filter(|text| is_fair(text) && !text.is_empty())
            .map(str::to_owned)
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        value => one(value).map(|text| vec![text]),
    }
}

fn is_fair(text: &str) -> bool {
    text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}

fn shown(name: &str) -> String {
    name.chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}
