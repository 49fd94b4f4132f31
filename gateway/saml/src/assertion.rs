//! What an assertion must say before its claims count. It is only read once a signature covers it.

mod claims;

pub(crate) use claims::name_id;

use jiff::Timestamp;

use crate::asked;
use crate::error::{Error, quoted};
use crate::identity::Identity;
use crate::message::{Node, malformed};
use crate::name::{ASSERTION, BEARER};
use crate::response::{answers, versioned};
use crate::settings::Settings;
use crate::time;

/// What the assertion is held against.
pub(crate) struct Expected<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) entity: &'a str,
    pub(crate) request: &'a str,
    pub(crate) now: Timestamp,
}

impl Expected<'_> {
    /// The person, and the time after which the assertion is refused anyway.
    pub(crate) fn read(&self, assertion: Node<'_>) -> Result<(Identity, Timestamp), Error> {
        versioned(assertion)?;
        self.issued(assertion)?;
        let subject = assertion.one(ASSERTION, "Subject")?;
        let confirmed = self.confirmed(subject)?;
        let conditions = self.conditions(assertion.one(ASSERTION, "Conditions")?)?;
        let identity = self.identity(assertion, subject)?;
        let end = conditions.map_or(confirmed, |conditions| conditions.min(confirmed));
        Ok((identity, time::over(end)))
    }

    fn issued(&self, assertion: Node<'_>) -> Result<(), Error> {
        let issuer = assertion.one(ASSERTION, "Issuer")?.text()?;
        if issuer != self.entity {
            return Err(Error::Issuer(quoted(&issuer)));
        }
        let instant = time::read(assertion.required("IssueInstant")?)?;
        time::begun(instant, self.now, "when the assertion was issued")
    }

    /// When the last way to confirm the subject ends; one that suits us must be there.
    fn confirmed(&self, subject: Node<'_>) -> Result<Timestamp, Error> {
        let mut refused = Error::Recipient("nobody".to_owned());
        let mut last = None;
        for confirmation in subject.all(ASSERTION, "SubjectConfirmation") {
            match self.confirms(confirmation) {
                Ok(end) => last = last.max(Some(end)),
                Err(error) => refused = error,
            }
        }
        last.ok_or(refused)
    }

    fn confirms(&self, confirmation: Node<'_>) -> Result<Timestamp, Error> {
        if confirmation.required("Method")? != BEARER {
            return Err(Error::Recipient("another kind of bearer".to_owned()));
        }
        let data = confirmation.one(ASSERTION, "SubjectConfirmationData")?;
        let recipient = data.required("Recipient")?;
        if recipient != self.settings.acs.as_str() {
            return Err(Error::Recipient(quoted(recipient)));
        }
        answers(data, self.request)?;
        self.window(data, "the subject's confirmation")?
            .ok_or_else(|| malformed("`NotOnOrAfter` is missing at `SubjectConfirmationData`"))
    }

    fn conditions(&self, conditions: Node<'_>) -> Result<Option<Timestamp>, Error> {
        let end = self.window(conditions, "the conditions")?;
        for condition in conditions.children() {
            match condition.name() {
                // Each assertion works once anyway, and nothing is passed on.
                "OneTimeUse" | "ProxyRestriction" if condition.space() == ASSERTION => {}
                "AudienceRestriction" if condition.space() == ASSERTION => {
                    self.audience(condition)?
                }
                other => return Err(Error::Condition(quoted(other))),
            }
        }
        match conditions.all(ASSERTION, "AudienceRestriction").next() {
            Some(_) => Ok(end),
            None => Err(Error::Audience("anybody".to_owned())),
        }
    }

    fn audience(&self, restriction: Node<'_>) -> Result<(), Error> {
        let audiences = restriction
            .all(ASSERTION, "Audience")
            .map(Node::text)
            .collect::<Result<Vec<_>, _>>()?;
        if audiences.contains(&self.settings.entity_id) {
            return Ok(());
        }
        Err(Error::Audience(quoted(&audiences.join("`, `"))))
    }

    /// Now lies between the edges that an element names; the later edge is returned.
    fn window(&self, node: Node<'_>, what: &'static str) -> Result<Option<Timestamp>, Error> {
        if let Some(start) = node.attribute("NotBefore") {
            time::begun(time::read(start)?, self.now, what)?;
        }
        let end = node.attribute("NotOnOrAfter").map(time::read).transpose()?;
        end.map_or(Ok(()), |end| time::lasts(end, self.now, what))?;
        Ok(end)
    }

    /// When the person was asked, and how long that counts.
    fn asked(&self, statement: Node<'_>) -> Result<(Timestamp, Option<Timestamp>), Error> {
        let at = time::read(statement.required("AuthnInstant")?)?;
        time::begun(at, self.now, "when the person signed in")?;
        asked::honoured(self.request, at)?;
        let until = statement
            .attribute("SessionNotOnOrAfter")
            .map(time::read)
            .transpose()?;
        until.map_or(Ok(()), |until| time::lasts(until, self.now, "the session"))?;
        Ok((at, until))
    }
}
