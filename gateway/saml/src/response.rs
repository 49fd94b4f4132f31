//! From the response in a form to a person.
//!
//! What is accepted: one response with one assertion, plain or encrypted. The assertion is covered by a signature of
//! its own or by that of the response around it; both may be there, and then both must hold. An unsigned response
//! round a signed assertion is accepted because nothing of it is believed: its status, address and request can only
//! refuse, and the assertion says the last two again under its signature.

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::assertion::Expected;
use crate::cipher;
use crate::error::{Error, quoted};
use crate::identity::Identity;
use crate::message::{Message, Node, malformed};
use crate::name::{ASSERTION, PROTOCOL, SUCCESS};
use crate::provider::Provider;
use crate::signature::Signed;
use crate::time;
use crate::transport;

impl Provider {
    /// Ends a sign-in: `response` is the form's `SAMLResponse`, `request` what [`Provider::begin`] gave.
    ///
    /// # Errors
    /// Everything that is not exactly right.
    pub fn finish(&self, response: &str, request: &str, now: Timestamp) -> Result<Identity, Error> {
        self.current(now)?;
        let text = transport::posted(response)?;
        let message = Message::read(&text)?;
        let root = message.root();
        if !root.is(PROTOCOL, "Response") {
            return Err(malformed("it is no SAML response"));
        }
        succeeded(root)?;
        let content = content(&message)?;
        let signed = Signed::of(&message, &self.peer.context)?;
        self.addressed(root, self.settings.acs.as_str(), now)?;
        answers(root, request)?;
        let expected = Expected {
            settings: &self.settings,
            entity: &self.peer.entity,
            request,
            now,
        };
        let (identity, until) = match content {
            Content::Plain(_) if self.settings.want_encrypted => return Err(Error::Plain),
            Content::Plain(assertion) if signed.covers(root) || signed.covers(assertion) => {
                expected.read(assertion)?
            }
            Content::Plain(_) => return Err(Error::Unsigned("assertion")),
            Content::Encrypted(encrypted) => {
                self.opened(encrypted, signed.covers(root), &expected)?
            }
        };
        self.replay.once(&identity.assertion, until, now)?;
        Ok(identity)
    }

    /// An encrypted assertion is a message of its own: it is read with the same care, and may be signed itself.
    fn opened(
        &self,
        encrypted: Node<'_>,
        signed: bool,
        expected: &Expected<'_>,
    ) -> Result<(Identity, Timestamp), Error> {
        let text: Zeroizing<String> = cipher::open(encrypted, &self.own, signed)?;
        let inner = Message::read(&text).or(Err(Error::Encryption))?;
        let assertion = inner.root();
        if !assertion.is(ASSERTION, "Assertion") || inner.every(ASSERTION, "Assertion").len() != 1 {
            return Err(Error::Encryption);
        }
        let own = Signed::of(&inner, &self.peer.context)?;
        if !signed && !own.covers(assertion) {
            return Err(Error::Unsigned("assertion"));
        }
        expected.read(assertion)
    }

    /// A message from our provider, for us, of this version.
    pub(crate) fn addressed(&self, root: Node<'_>, to: &str, now: Timestamp) -> Result<(), Error> {
        versioned(root)?;
        let issuer = root.one(ASSERTION, "Issuer")?.text()?;
        if issuer != self.peer.entity {
            return Err(Error::Issuer(quoted(&issuer)));
        }
        let destination = root.required("Destination")?;
        if destination != to {
            return Err(Error::Destination(quoted(destination)));
        }
        time::begun(
            time::read(root.required("IssueInstant")?)?,
            now,
            "when it was issued",
        )
    }
}

/// Ids are remembered, so they have a bound.
const LONGEST_ID: usize = 256;

enum Content<'m> {
    Plain(Node<'m>),
    Encrypted(Node<'m>),
}

/// The one assertion, a child of the response; there is no other anywhere, nor another response.
fn content<'m>(message: &'m Message<'_>) -> Result<Content<'m>, Error> {
    let (plain, encrypted) = (
        message.every(ASSERTION, "Assertion"),
        message.every(ASSERTION, "EncryptedAssertion"),
    );
    let at_root = |node: &Node<'_>| {
        node.parent()
            .is_some_and(|above| above.id() == message.root().id())
    };
    if message.every(PROTOCOL, "Response").len() != 1 {
        return Err(malformed("it holds a response in a response"));
    }
    match (plain.as_slice(), encrypted.as_slice()) {
        ([one], []) if at_root(one) => Ok(Content::Plain(*one)),
        ([], [one]) if at_root(one) => Ok(Content::Encrypted(*one)),
        _ => Err(malformed(
            "it does not hold exactly one assertion, in its place",
        )),
    }
}

pub(crate) fn versioned(node: Node<'_>) -> Result<(), Error> {
    if node.required("ID")?.len() > LONGEST_ID {
        return Err(Error::TooLarge("an id is longer than 256 letters"));
    }
    let version = node.required("Version")?;
    (version == "2.0")
        .then_some(())
        .ok_or_else(|| malformed("it is not SAML 2.0"))
}

/// The answer is to that request.
pub(crate) fn answers(node: Node<'_>, request: &str) -> Result<(), Error> {
    match node.attribute("InResponseTo") {
        Some(answered) if answered == request && !request.is_empty() => Ok(()),
        other => Err(Error::Request(quoted(other.unwrap_or("nothing")))),
    }
}

/// The status says success; otherwise its words are the error.
pub(crate) fn succeeded(root: Node<'_>) -> Result<(), Error> {
    let status = root.one(PROTOCOL, "Status")?;
    let code = status.one(PROTOCOL, "StatusCode")?;
    let value = code.required("Value")?;
    if value == SUCCESS {
        return Ok(());
    }
    let second = code
        .optional(PROTOCOL, "StatusCode")?
        .and_then(|second| second.attribute("Value"));
    let words = status
        .optional(PROTOCOL, "StatusMessage")?
        .map(Node::text)
        .transpose()?;
    let last = |uri: &str| uri.rsplit(':').next().unwrap_or(uri).to_owned();
    let parts = [Some(last(value)), second.map(last), words];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    Err(Error::Status(quoted(&said.join(", "))))
}
