//! Opaque stand-ins for references, so that only literals of the app itself can become secrets.
//!
//! Before source or parameters go to the worker, every literal reference is replaced by a random
//! token. App code may join and pass tokens like any text; only the host knows what they mean, and
//! only when a plugin call carries one to a permitted place. Request data cannot contain a token
//! nobody can guess, and a reference that arrives as data is just text.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::Reference;

/// What every token begins with; the rest is 32 hex digits, so URL encoding leaves it alone.
const PREFIX: &str = "spsecret";

/// The references of one app instance and their tokens.
#[derive(Default, Clone)]
pub struct Tokens {
    by_token: BTreeMap<String, Reference>,
    by_reference: BTreeMap<Reference, String>,
}

impl Tokens {
    /// Begins with no references.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces every literal reference in `text` by its token, the same one each time.
    ///
    /// Spaces and tabs next to `{{-` and `-}}` are trimmed; line breaks stay, so that messages keep
    /// naming the right line. Without randomness the text stays as it is and resolves to nothing.
    pub fn hide(&mut self, text: &str) -> String {
        let Some(pattern) = REFERENCE.as_ref() else {
            return text.to_owned();
        };
        let mut hide = |found: &Captures<'_>| {
            let whole = found.get(0).map_or("", |whole| whole.as_str());
            let token = read(found).and_then(|reference| self.issue(reference));
            token.unwrap_or_else(|| whole.to_owned())
        };
        pattern.replace_all(text, &mut hide).into_owned()
    }

    /// Puts the reference back wherever its token stands; for all that is shown or recorded.
    pub fn show(&self, text: &str) -> String {
        self.exchange(text, Reference::to_string)
    }

    /// Puts what `form` makes of its reference in the place of every token.
    pub fn exchange(&self, text: &str, form: impl Fn(&Reference) -> String) -> String {
        let mut exchanged = String::with_capacity(text.len());
        let mut end = 0;
        for (range, reference) in self.find(text) {
            exchanged.push_str(text.get(end..range.start).unwrap_or_default());
            exchanged.push_str(&form(reference));
            end = range.end;
        }
        exchanged.push_str(text.get(end..).unwrap_or_default());
        exchanged
    }

    /// All references that were hidden.
    pub fn references(&self) -> Vec<Reference> {
        self.by_reference.keys().cloned().collect()
    }

    /// The token that stands for `reference`, when it was hidden here.
    pub fn token(&self, reference: &Reference) -> Option<&str> {
        self.by_reference.get(reference).map(String::as_str)
    }

    /// Where the tokens in `text` are and what they stand for; letter case does not matter.
    pub fn find(&self, text: &str) -> Vec<(Range<usize>, &Reference)> {
        let Some(pattern) = TOKEN.as_ref().filter(|_| !self.by_token.is_empty()) else {
            return Vec::new();
        };
        let known = |found: regex::Match<'_>| {
            let reference = self.by_token.get(&found.as_str().to_ascii_lowercase())?;
            Some((found.range(), reference))
        };
        pattern.find_iter(text).filter_map(known).collect()
    }

    fn issue(&mut self, reference: Reference) -> Option<String> {
        if let Some(token) = self.by_reference.get(&reference) {
            return Some(token.clone());
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        let token = format!("{PREFIX}{:032x}", u128::from_be_bytes(random));
        self.by_token.insert(token.clone(), reference.clone());
        self.by_reference.insert(reference, token.clone());
        Some(token)
    }
}

/// Shows how many there are, not the tokens: whoever knows a token can use it.
impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Tokens({})", self.by_token.len())
    }
}

/// A quoted name: plain, with quotes escaped for a Starlark string, or in backticks.
const NAME: &str =
    r#"(?:"[^"\\`{}\r\n]{1,512}"|\\"[^"\\`{}\r\n]{1,512}\\"|`[^"\\`{}\r\n]{1,512}`)"#;

static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let open = r"(?:\{\{|[ \t]*\{\{-\s)";
    let close = r"(?:\s*\}\}|\s-\}\}[ \t]*)";
    Regex::new(&format!(
        r"{open}\s*(secret|secret_from)((?:\s+{NAME})+){close}"
    ))
    .ok()
});
static QUOTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"["`]([^"\\`]+)\\?["`]"#).ok());
static TOKEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("(?i){PREFIX}[0-9a-f]{{32}}")).ok());

fn read(found: &Captures<'_>) -> Option<Reference> {
    let names = QUOTED.as_ref()?.captures_iter(found.get(2)?.as_str());
    let mut names = names.filter_map(|name| Some(name.get(1)?.as_str().to_owned()));
    let provider = match found.get(1)?.as_str() {
        "secret" => None,
        _ => Some(names.next()?),
    };
    let keys: Vec<String> = names.collect();
    (!keys.is_empty()).then_some(Reference { provider, keys })
}

#[cfg(test)]
mod tests;
