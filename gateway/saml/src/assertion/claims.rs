//! The claims: who, in which groups, asked how. An attribute counts under its configured name and no other.

use crate::error::{Error, quoted};
use crate::identity::{Identity, NameId};
use crate::message::{Node, malformed};
use crate::name::{ASSERTION, TRANSIENT};

use super::Expected;

const MOST_GROUPS: usize = 200;
const LONGEST: usize = 256;

impl Expected<'_> {
    pub(super) fn identity(
        &self,
        assertion: Node<'_>,
        subject: Node<'_>,
    ) -> Result<Identity, Error> {
        let statement = assertion.one(ASSERTION, "AuthnStatement")?;
        let (at, until) = self.asked(statement)?;
        let context = context(statement)?;
        let name_id = name_id(subject)?;
        let subject = self.subject(assertion, &name_id)?;
        Ok(Identity {
            name: self.name(assertion)?.unwrap_or_else(|| subject.clone()),
            email: self.email(assertion)?,
            groups: self.groups(assertion)?,
            mfa: context
                .as_ref()
                .is_some_and(|context| self.settings.mfa_contexts.contains(context)),
            session: session(statement)?,
            assertion: assertion.required("ID")?.to_owned(),
            subject,
            name_id,
            context,
            at,
            until,
        })
    }

    fn subject(&self, assertion: Node<'_>, name_id: &NameId) -> Result<String, Error> {
        let Some(attribute) = &self.settings.subject_attribute else {
            return match name_id.format.as_deref() {
                Some(TRANSIENT) => Err(Error::Subject(
                    "its `NameID` is transient, another one each time".to_owned(),
                )),
                Some(_) | None => Ok(name_id.value.clone()),
            };
        };
        let mut values = values(assertion, attribute)?;
        match (values.pop(), values.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(Error::Subject(format!(
                "the attribute `{attribute}` does not have exactly one value"
            ))),
        }
    }

    fn name(&self, assertion: Node<'_>) -> Result<Option<String>, Error> {
        let Some(attribute) = &self.settings.name_attribute else {
            return Ok(None);
        };
        Ok(values(assertion, attribute)?.into_iter().next())
    }

    /// An address nobody checked is worth nothing, and dropped before anybody could use it.
    fn email(&self, assertion: Node<'_>) -> Result<Option<String>, Error> {
        match &self.settings.email_attribute {
            Some(attribute) if self.settings.email_trusted => Ok(values(assertion, attribute)?
                .into_iter()
                .next()
                .filter(|email| address(email))),
            Some(_) | None => Ok(None),
        }
    }

    fn groups(&self, assertion: Node<'_>) -> Result<Vec<String>, Error> {
        let mut groups = Vec::new();
        for group in values(assertion, &self.settings.groups_attribute)? {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        Ok(groups)
    }
}

/// The `NameID` among the children of a subject or a request.
pub(crate) fn name_id(subject: Node<'_>) -> Result<NameId, Error> {
    let name = subject.optional(ASSERTION, "NameID")?.ok_or_else(|| {
        Error::Subject(
            "it has no `NameID`, or an encrypted one; encrypt the whole assertion instead"
                .to_owned(),
        )
    })?;
    let value = name.text()?;
    let wrong = |what| Error::Subject(format!("its `NameID` {what}"));
    let part = |attribute: &str| {
        let text = name.attribute(attribute).map(str::to_owned);
        text.map(line).transpose().map_err(wrong)
    };
    Ok(NameId {
        value: line(value).map_err(wrong)?,
        format: part("Format")?,
        name_qualifier: part("NameQualifier")?,
        sp_name_qualifier: part("SPNameQualifier")?,
    })
}

fn context(statement: Node<'_>) -> Result<Option<String>, Error> {
    let Some(context) = statement.optional(ASSERTION, "AuthnContext")? else {
        return Ok(None);
    };
    let class = context.optional(ASSERTION, "AuthnContextClassRef")?;
    let class = class.map(Node::text).transpose()?;
    class
        .map(line)
        .transpose()
        .map_err(|what| malformed(&format!("`AuthnContextClassRef` {what}")))
}

fn session(statement: Node<'_>) -> Result<Option<String>, Error> {
    let session = statement.attribute("SessionIndex").map(str::to_owned);
    session
        .map(line)
        .transpose()
        .map_err(|what| malformed(&format!("`SessionIndex` {what}")))
}

/// The values of the attribute with exactly that name; empty ones are left out.
fn values(assertion: Node<'_>, name: &str) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for value in assertion
        .all(ASSERTION, "AttributeStatement")
        .flat_map(|statement| statement.all(ASSERTION, "Attribute"))
        .filter(|attribute| attribute.attribute("Name") == Some(name))
        .flat_map(|attribute| attribute.all(ASSERTION, "AttributeValue"))
    {
        let text = value.text()?;
        if found.len() == MOST_GROUPS {
            return Err(Error::TooLarge("an attribute has more than 200 values"));
        }
        if !text.is_empty() {
            found.push(
                line(text)
                    .map_err(|what| malformed(&format!("a value of `{}` {what}", quoted(name))))?,
            );
        }
    }
    Ok(found)
}

/// A text of one line that looks the same to everybody.
fn line(text: String) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("is empty");
    }
    if text.chars().count() > LONGEST {
        return Err("is longer than 256 letters");
    }
    if text.chars().any(char::is_control) || text.trim() != text {
        return Err("has control characters, or spaces at its edges");
    }
    Ok(text)
}

fn address(email: &str) -> bool {
    let mut parts = email.split('@');
    let (name, host, more) = (parts.next(), parts.next(), parts.next());
    more.is_none()
        && name.is_some_and(|name| !name.is_empty())
        && host.is_some_and(|host| host.contains('.'))
        && !email.contains(|letter: char| letter.is_whitespace() || "<>\"(),;:".contains(letter))
}
