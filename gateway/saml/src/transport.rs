//! How messages travel through the browser: in the address of a redirect, or in a form that sends itself.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use samael::signature::Signature;
use url::{Url, form_urlencoded};

use crate::error::Error;
use crate::message::{LONGEST, malformed};
use crate::own::Own;
use crate::settings::Binding;

/// The longest message as it arrives, in base64.
const LONGEST_ENCODED: usize = 512 << 10;

/// A message on its way to the identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Send {
    /// Send the browser there.
    Redirect(Url),
    /// Have the browser post a form.
    Post {
        /// Where the form goes.
        to: Url,
        /// Its hidden fields.
        fields: Vec<(&'static str, String)>,
    },
}

/// Where a message goes, and in which field.
pub(crate) struct Parcel<'a> {
    pub(crate) field: &'static str,
    pub(crate) to: &'a Url,
    pub(crate) binding: Binding,
    pub(crate) relay: Option<&'a str>,
}

pub(crate) const REQUEST: &str = "SAMLRequest";
pub(crate) const RESPONSE: &str = "SAMLResponse";
pub(crate) const RELAY: &str = "RelayState";

impl Parcel<'_> {
    /// Signs the message the way its binding wants it; `write` gets the empty signature to put into it.
    pub(crate) fn send(
        &self,
        own: &Own,
        id: &str,
        write: impl Fn(Option<Signature>) -> Result<String, Error>,
    ) -> Result<Send, Error> {
        match self.binding {
            Binding::Redirect => self.redirect(own, &write(None)?),
            Binding::Post => self.post(&own.enveloped(&write(Some(own.form(id)))?)?),
        }
    }

    fn redirect(&self, own: &Own, message: &str) -> Result<Send, Error> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair(self.field, &STANDARD.encode(deflate(message)?));
        if let Some(relay) = self.relay {
            query.append_pair(RELAY, relay);
        }
        query.append_pair("SigAlg", own.method());
        let signed = query.finish();
        let signature: String =
            form_urlencoded::byte_serialize(own.detached(signed.as_bytes())?.as_bytes()).collect();
        let mut to = self.to.clone();
        let kept = to
            .query()
            .filter(|query| !query.is_empty())
            .map(|query| format!("{query}&"));
        to.set_query(Some(&format!(
            "{}{signed}&Signature={signature}",
            kept.unwrap_or_default()
        )));
        Ok(Send::Redirect(to))
    }

    fn post(&self, message: &str) -> Result<Send, Error> {
        let relay = self.relay.map(|relay| (RELAY, relay.to_owned()));
        let fields = std::iter::once((self.field, STANDARD.encode(message)))
            .chain(relay)
            .collect();
        Ok(Send::Post {
            to: self.to.clone(),
            fields,
        })
    }
}

fn deflate(message: &str) -> Result<Vec<u8>, Error> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(message.as_bytes())
        .and_then(|()| encoder.finish())
        .map_err(|_| malformed("our own message cannot be packed"))
}

/// The text of a message that came in a form.
pub(crate) fn posted(encoded: &str) -> Result<String, Error> {
    let bytes = decoded(encoded)?;
    String::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))
}

/// The text of a message that came in an address; it is unpacked no further than a message may be long.
pub(crate) fn redirected(encoded: &str) -> Result<String, Error> {
    let bytes = decoded(encoded)?;
    let mut text = Vec::new();
    DeflateDecoder::new(bytes.as_slice())
        .take(LONGEST as u64 + 1)
        .read_to_end(&mut text)
        .map_err(|_| malformed("it is not deflated"))?;
    if text.len() > LONGEST {
        return Err(Error::TooLarge("it unpacks to more than 1 MiB"));
    }
    String::from_utf8(text).map_err(|_| malformed("it is not UTF-8"))
}

/// Strict base64; some providers break it into lines, and nothing else is let pass.
fn decoded(encoded: &str) -> Result<Vec<u8>, Error> {
    if encoded.len() > LONGEST_ENCODED {
        return Err(Error::TooLarge("it is longer than 512 KiB"));
    }
    let joined: String = encoded.split(['\r', '\n']).collect();
    STANDARD
        .decode(joined)
        .map_err(|_| malformed("it is not base64"))
}
