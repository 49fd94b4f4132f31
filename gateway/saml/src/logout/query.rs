//! The fields of a query or a form, each at most once, with the bytes that a signature beside them covers.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra::crypto::sign;

use crate::error::{Error, quoted};
use crate::message::malformed;
use crate::name::SIGNATURES;
use crate::peer::Peer;
use crate::transport::{RELAY, REQUEST, RESPONSE};

const LONGEST: usize = 1 << 20;
const LONGEST_RELAY: usize = 2048;
const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";

pub(crate) struct Query {
    /// The message, still packed.
    pub(crate) message: String,
    /// Whether it came as an answer.
    pub(crate) response: bool,
    pub(crate) relay: Option<String>,
    algorithm: Option<String>,
    signature: Option<String>,
    signed: String,
}

impl Query {
    pub(crate) fn read(raw: &str) -> Result<Self, Error> {
        if raw.len() > LONGEST {
            return Err(Error::TooLarge("the query or form is longer than 1 MiB"));
        }
        let fields = Fields(raw);
        let (request, response) = (fields.raw(REQUEST)?, fields.raw(RESPONSE)?);
        let (name, message) = match (request, response) {
            (Some(message), None) => (REQUEST, message),
            (None, Some(message)) => (RESPONSE, message),
            _ => return Err(malformed("it is not exactly one request or answer")),
        };
        if fields
            .decoded("SAMLEncoding")?
            .is_some_and(|encoding| encoding != DEFLATE)
        {
            return Err(malformed("`SAMLEncoding` is not DEFLATE"));
        }
        Ok(Self {
            message: decode(message)?,
            response: name == RESPONSE,
            relay: relay(fields.decoded(RELAY)?)?,
            algorithm: fields.decoded("SigAlg")?,
            signature: fields.decoded("Signature")?,
            signed: fields.signed(name, message)?,
        })
    }

    /// The message, when one of the identity provider's keys signed the query.
    pub(crate) fn verified(&self, peer: &Peer) -> Result<&str, Error> {
        let (Some(algorithm), Some(signature)) = (&self.algorithm, &self.signature) else {
            return Err(Error::Unsigned("message"));
        };
        if !SIGNATURES.contains(&algorithm.as_str()) {
            return Err(Error::Algorithm(quoted(algorithm)));
        }
        let wrong =
            || Error::Signature("the query is signed by somebody else, or was changed".to_owned());
        let signature = STANDARD.decode(signature).map_err(|_| wrong())?;
        let method = sign::from_uri(algorithm).map_err(|_| wrong())?;
        let holds = peer
            .verifiers()
            .filter(|key| sign::key_algorithm_matches_signature_uri(algorithm, key.algorithm()))
            .any(|key| {
                method
                    .verify(&key, self.signed.as_bytes(), &signature)
                    .unwrap_or(false)
            });
        holds.then_some(self.message.as_str()).ok_or_else(wrong)
    }
}

/// The standard allows 80 letters, and some providers send an address.
fn relay(relay: Option<String>) -> Result<Option<String>, Error> {
    match relay {
        Some(relay) if relay.len() > LONGEST_RELAY => {
            Err(Error::TooLarge("`RelayState` is longer than 2048 letters"))
        }
        other => Ok(other),
    }
}

struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    /// The value as it was sent; a field that stands twice means two things to two readers.
    fn raw(&self, name: &str) -> Result<Option<&'a str>, Error> {
        let mut found = self
            .0
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(key, _)| decode(key).is_ok_and(|key| key == name))
            .map(|(_, value)| value);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            (_, Some(_)) => Err(malformed("a field stands twice")),
        }
    }

    fn decoded(&self, name: &str) -> Result<Option<String>, Error> {
        self.raw(name)?.map(decode).transpose()
    }

    /// The bytes under the signature: three fields in the standard's order, as they were sent.
    fn signed(&self, name: &str, message: &str) -> Result<String, Error> {
        let relay = self
            .raw(RELAY)?
            .map(|relay| format!("&{RELAY}={relay}"))
            .unwrap_or_default();
        let algorithm = self.raw("SigAlg")?.unwrap_or_default();
        Ok(format!("{name}={message}{relay}&SigAlg={algorithm}"))
    }
}

fn decode(text: &str) -> Result<String, Error> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| malformed("a field is not UTF-8"))
}
