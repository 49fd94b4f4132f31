//! Messages about the end of sessions, in both directions.
//!
//! A request to end a session is only believed with a signature. In a redirect the signature stands beside the message
//! and covers the query as it was sent, so the raw query is needed: decoding and encoding it again could change it.

mod query;

use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::identity::NameId;
use crate::message::{Message, Node, malformed};
use crate::name::PROTOCOL;
use crate::provider::Provider;
use crate::response::succeeded;
use crate::signature::Signed;
use crate::time;
use crate::transport::{self, Parcel, RESPONSE, Send};
use crate::write;
pub(crate) use query::Query;

/// How old a message about a session's end may be.
const OLDEST: SignedDuration = SignedDuration::from_mins(5);

/// A message as it came in, untouched.
#[derive(Debug, Clone, Copy)]
pub enum Incoming<'a> {
    /// The raw query of the address, without the question mark.
    Redirect(&'a str),
    /// The raw body of the form.
    Post(&'a str),
}

/// What a message about a session's end says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logout {
    /// The identity provider ends sessions of a person; answer with [`Provider::logout_response`].
    Request {
        /// The id to answer to.
        id: String,
        /// Whose sessions.
        name_id: NameId,
        /// Which of them; all when empty.
        sessions: Vec<String>,
        /// What to send back with the answer.
        relay: Option<String>,
    },
    /// The answer to a request of ours.
    Response {
        /// The id that [`Provider::logout`] gave; compare it with the one that was kept.
        in_response_to: String,
        /// Whether all sessions ended.
        ok: bool,
        /// What was sent with the request.
        relay: Option<String>,
    },
}

impl Provider {
    /// Reads a request or an answer about the end of sessions.
    ///
    /// # Errors
    /// It is not signed by the identity provider, or not new, or not for us.
    pub fn logout_message(&self, incoming: Incoming<'_>, now: Timestamp) -> Result<Logout, Error> {
        self.current(now)?;
        let (raw, beside) = match incoming {
            Incoming::Redirect(raw) => (raw, true),
            Incoming::Post(raw) => (raw, false),
        };
        let query = Query::read(raw)?;
        let text = match beside {
            true => query.verified(&self.peer).and_then(transport::redirected)?,
            false => transport::posted(&query.message)?,
        };
        let message = Message::read(&text)?;
        let root = message.root();
        let signed = Signed::of(&message, &self.peer.context)?;
        if !beside && !signed.covers(root) {
            return Err(Error::Unsigned("message"));
        }
        self.addressed(root, self.settings.slo.as_str(), now)?;
        let issued = time::read(root.required("IssueInstant")?)?;
        time::fresh(issued, OLDEST, now)?;
        self.said(root, query, now)
    }

    fn said(&self, root: Node<'_>, query: Query, now: Timestamp) -> Result<Logout, Error> {
        match (root.space(), root.name(), query.response) {
            (PROTOCOL, "LogoutRequest", false) => self.requested(root, query.relay, now),
            (PROTOCOL, "LogoutResponse", true) => answered(root, query.relay),
            _ => Err(malformed(
                "it is neither a request nor an answer about a session's end",
            )),
        }
    }

    fn requested(
        &self,
        root: Node<'_>,
        relay: Option<String>,
        now: Timestamp,
    ) -> Result<Logout, Error> {
        let end = root.attribute("NotOnOrAfter").map(time::read).transpose()?;
        end.map_or(Ok(()), |end| time::lasts(end, now, "the request"))?;
        let id = root.required("ID")?.to_owned();
        let name_id = crate::assertion::name_id(root)?;
        let sessions: Vec<_> = root
            .all(PROTOCOL, "SessionIndex")
            .map(Node::text)
            .collect::<Result<_, _>>()?;
        let remembered = time::later(time::over(now), OLDEST + OLDEST);
        self.replay.once(&id, remembered, now)?;
        Ok(Logout::Request {
            id,
            name_id,
            sessions,
            relay,
        })
    }

    /// The answer to a request to end sessions.
    ///
    /// # Errors
    /// The identity provider says nowhere where answers go.
    pub fn logout_response(
        &self,
        to: &str,
        relay: Option<&str>,
        now: Timestamp,
    ) -> Result<Send, Error> {
        let logout = self.peer.logout.as_ref().ok_or_else(|| {
            Error::Metadata("it names no `SingleLogoutService` to answer to; have the identity provider publish one".to_owned())
        })?;
        let id = write::id()?;
        let parcel = Parcel {
            field: RESPONSE,
            to: &logout.responses,
            binding: logout.binding,
            relay,
        };
        let head = self.head(&id, parcel.to, now);
        parcel.send(&self.own, &id, |form| head.logged_out(to, form))
    }
}

fn answered(root: Node<'_>, relay: Option<String>) -> Result<Logout, Error> {
    let in_response_to = root.required("InResponseTo")?.to_owned();
    let ok = match succeeded(root) {
        Ok(()) => root
            .one(PROTOCOL, "Status")?
            .one(PROTOCOL, "StatusCode")?
            .children()
            .next()
            .is_none(),
        Err(Error::Status(_)) => false,
        Err(error) => return Err(error),
    };
    Ok(Logout::Response {
        in_response_to,
        ok,
        relay,
    })
}
