//! The secrets that one call carries: which tokens stand in its strings, and their values once
//! permitted. Values live only here and in the outgoing call, and are taken out of all that returns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use secrets::{Reference, Tokens, redact};

/// The references whose tokens stand in `texts`, each once.
pub fn carried<'t, 'a>(
    tokens: &'t Tokens,
    texts: impl IntoIterator<Item = &'a str>,
) -> Vec<&'t Reference> {
    let mut references: Vec<&Reference> = texts
        .into_iter()
        .flat_map(|text| tokens.find(text))
        .map(|(_, reference)| reference)
        .collect();
    references.sort();
    references.dedup();
    references
}

/// Values revealed for one call.
#[derive(Default)]
pub struct Revealed(BTreeMap<Reference, SecretString>);

impl Revealed {
    /// Takes a value in.
    pub fn add(&mut self, reference: Reference, value: SecretString) {
        self.0.insert(reference, value);
    }

    /// Takes all values of `other` in.
    pub fn extend(&mut self, other: Revealed) {
        self.0.extend(other.0);
    }

    /// Puts values in the places of their tokens; a token without a value shows its reference.
    pub fn fill(&self, tokens: &Tokens, text: &str) -> String {
        tokens.exchange(text, |reference| match self.0.get(reference) {
            Some(value) => value.expose_secret().to_owned(),
            None => reference.to_string(),
        })
    }

    /// The same for a URL: values are percent-encoded, so that none can change its structure.
    pub fn fill_url(&self, tokens: &Tokens, text: &str) -> String {
        tokens.exchange(text, |reference| match self.0.get(reference) {
            Some(value) => encoded(value.expose_secret()),
            None => named(reference),
        })
    }

    /// Puts tokens back in the places of their values, in a URL that a server answered with.
    /// `None` when a value stands there in a form that cannot be exchanged.
    pub fn hide_url(&self, tokens: &Tokens, text: &str) -> Option<String> {
        let mut hidden = text.to_owned();
        for (reference, value) in &self.0 {
            let (token, value) = (tokens.token(reference)?, value.expose_secret());
            let strict = encoded(value);
            let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for form in [strict.to_lowercase(), strict, form, value.to_owned()] {
                if form.len() >= 4 {
                    hidden = hidden.replace(&form, token);
                }
            }
        }
        (self.redact(&hidden) == hidden).then_some(hidden)
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One line of output without any value, nor any line of a value that has several. Bytes that are no
    /// text stay as they are.
    pub fn redact_line<'l>(&self, line: &'l [u8]) -> Cow<'l, [u8]> {
        if self.0.is_empty() {
            return Cow::Borrowed(line);
        }
        let parts: Vec<SecretString> = self.0.values().flat_map(parts).collect();
        let values: Vec<&SecretString> = self.0.values().chain(&parts).collect();
        let mut clean = Vec::with_capacity(line.len());
        for chunk in line.utf8_chunks() {
            clean.extend_from_slice(redact(chunk.valid(), &values).as_bytes());
            clean.extend_from_slice(chunk.invalid());
        }
        Cow::Owned(clean)
    }

    /// `text` without any value.
    pub fn redact(&self, text: &str) -> String {
        redact(text, &self.0.values().collect::<Vec<_>>())
    }
}

/// The lines of a value that has several, without those that say little.
fn parts(value: &SecretString) -> Vec<SecretString> {
    const TELLING: usize = 8;
    let text = value.expose_secret();
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| line.len() >= TELLING);
    match text.contains('\n') {
        true => lines.map(SecretString::from).collect(),
        false => Vec::new(),
    }
}

/// A URL with references in the places of tokens, as policy and records see it.
pub fn name_url(tokens: &Tokens, text: &str) -> String {
    tokens.exchange(text, named)
}

/// A reference inside a URL; one to `a/b` must not look like two path segments.
fn named(reference: &Reference) -> String {
    encoded(&reference.to_string().replace('/', "."))
}

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

fn encoded(value: &str) -> String {
    utf8_percent_encode(value, UNRESERVED).to_string()
}
