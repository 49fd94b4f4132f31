//! Patterns taken apart: literal characters, parameters, a wildcard at the end.

use std::num::NonZeroUsize;
use std::sync::{LazyLock, Mutex, PoisonError};

use lru::LruCache;
use regex::Regex;

use super::PatternError;

const METHODS: [&str; 10] = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE", "QUERY",
];

/// One piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// This character.
    Literal(char),
    /// A named part up to `tail`, matching `regex` if there is one.
    Param {
        name: String,
        tail: char,
        regex: Option<String>,
    },
    /// All the rest.
    Wildcard,
}

/// Checks a route's method and pattern.
pub fn check(method: &str, pattern: &str) -> Result<(), PatternError> {
    if !METHODS.contains(&method) {
        return Err(PatternError::Method(method.to_owned()));
    }
    let tokens = tokens(pattern)?;
    let mut names = Vec::new();
    for token in &tokens {
        if let Some(name) = token.name() {
            if names.contains(&name) {
                return Err(PatternError::Duplicate(pattern.to_owned(), name.to_owned()));
            }
            names.push(name);
        }
        if let Token::Param {
            regex: Some(regex), ..
        } = token
        {
            let bad = |_| PatternError::Regex(pattern.to_owned(), regex.clone());
            compile(regex).map_err(bad)?;
        }
    }
    Ok(())
}

/// Takes a pattern apart.
pub fn tokens(pattern: &str) -> Result<Vec<Token>, PatternError> {
    if !pattern.starts_with('/') {
        return Err(PatternError::NoSlash(pattern.to_owned()));
    }
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or("");
        rest = match first {
            '*' if after.is_empty() => {
                tokens.push(Token::Wildcard);
                after
            }
            '*' => return Err(PatternError::WildcardNotLast(pattern.to_owned())),
            '{' => {
                let end =
                    closing(after).ok_or_else(|| PatternError::Unclosed(pattern.to_owned()))?;
                let (inside, after) = after.split_at_checked(end).unwrap_or((after, ""));
                let after = after.strip_prefix('}').unwrap_or(after);
                tokens.push(param(inside, after.chars().next().unwrap_or('/')));
                after
            }
            _ => {
                tokens.push(Token::Literal(first));
                after
            }
        };
    }
    Ok(tokens)
}

/// Where the brace that was opened before `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut open = 1_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some(at);
        }
    }
    None
}

fn param(inside: &str, tail: char) -> Token {
    match inside.split_once(':') {
        Some((name, regex)) => Token::Param {
            name: name.to_owned(),
            tail,
            regex: Some(regex.to_owned()),
        },
        None => Token::Param {
            name: inside.to_owned(),
            tail,
            regex: None,
        },
    }
}

impl Token {
    /// Name of a parameter; `*` for the wildcard.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Param { name, .. } => Some(name),
            Self::Wildcard => Some("*"),
        }
    }

    /// Whether this is a parameter with (or without) a regular expression.
    pub fn is_param(&self, with_regex: bool) -> bool {
        matches!(self, Self::Param { regex, .. } if regex.is_some() == with_regex)
    }

    /// Whether both accept the same text; names do not matter.
    pub fn accepts_like(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Param { tail, regex, .. },
                Self::Param {
                    tail: other_tail,
                    regex: other_regex,
                    ..
                },
            ) => tail == other_tail && regex == other_regex,
            _ => false,
        }
    }

    /// Whether the parameter goes up to the next slash.
    pub fn ends_with_segment(&self) -> bool {
        matches!(self, Self::Param { tail: '/', .. })
    }

    /// How much of `path` the parameter takes.
    pub fn accept(&self, path: &str) -> Option<usize> {
        let Self::Param { tail, regex, .. } = self else {
            return None;
        };
        let length = match path.find(*tail) {
            Some(length) => length,
            None if *tail == '/' => path.len(),
            None => return None,
        };
        let value = path.get(..length).filter(|value| !value.is_empty())?;
        let fits = match regex {
            Some(regex) => compile(regex).is_ok_and(|regex| regex.is_match(value)),
            None => !value.contains('/'),
        };
        fits.then_some(length)
    }
}

const KEPT: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// Expressions are compiled once while they stay in use.
static COMPILED: LazyLock<Mutex<LruCache<String, Regex>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(KEPT)));

/// Anchored at both ends.
fn compile(regex: &str) -> Result<Regex, regex::Error> {
    let mut cache = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cache.get(regex) {
        return Ok(known.clone());
    }
    let compiled = Regex::new(&format!("^(?:{regex})$"))?;
    cache.put(regex.to_owned(), compiled.clone());
    Ok(compiled)
}
