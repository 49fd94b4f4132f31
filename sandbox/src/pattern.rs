//! Which route a path belongs to, as the router go-chi v5 decides it, without running app code.
//!
//! At each place in the path literal text wins over a parameter with a regular expression, that
//! over a plain parameter, that over the wildcard; a dead end goes back to the next best choice.
//! A later route with the same method and pattern replaces the earlier one.

mod token;

use std::collections::{BTreeMap, BTreeSet};

use crate::inspection::Route;
use token::{Token, tokens};

pub(crate) use token::check;

/// The method of a route that takes all of them.
const ANY: &str = "*";

/// What a path and a method lead to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMatch {
    /// A route takes it.
    Found {
        /// Index into the routes.
        index: usize,
        /// Values of the pattern's parameters; the rest of a wildcard under `*`.
        params: BTreeMap<String, String>,
        /// The pattern that matched.
        pattern: String,
    },
    /// The path is known under these methods only.
    MethodNotAllowed(Vec<String>),
    /// Nothing takes the path.
    NotFound,
}

/// Why a pattern cannot be routed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Patterns are absolute.
    #[error("routing pattern `{0}` must begin with `/`")]
    NoSlash(String),
    /// `{` and `}` do not pair up.
    #[error("route param closing delimiter `}}` is missing in `{0}`")]
    Unclosed(String),
    /// Text after `*`.
    #[error("wildcard `*` must be the last value in the route `{0}`")]
    WildcardNotLast(String),
    /// Same name twice.
    #[error("routing pattern `{0}` contains duplicate param key `{1}`")]
    Duplicate(String, String),
    /// The regular expression does not compile.
    #[error("invalid regexp `{1}` in route pattern `{0}`")]
    Regex(String, String),
    /// Not a method the router knows.
    #[error("`{0}` is not a supported http method")]
    Method(String),
}

/// Finds the route for `path`, which is relative to the app and starts with a slash.
pub fn match_route(routes: &[Route], method: &str, path: &str) -> RouteMatch {
    let parsed: Vec<(usize, Vec<Token>)> = routes
        .iter()
        .enumerate()
        .filter_map(|(index, route)| Some((index, tokens(&route.pattern).ok()?)))
        .collect();
    let candidates = parsed
        .iter()
        .map(|(index, tokens)| Candidate {
            index: *index,
            tokens,
        })
        .collect();
    let mut search = Search {
        routes,
        method,
        allowed: BTreeSet::new(),
    };
    let mut values = Vec::new();
    match search.walk(candidates, path, &mut values) {
        Some(index) => found(routes, index, values),
        None if search.allowed.is_empty() => RouteMatch::NotFound,
        None => RouteMatch::MethodNotAllowed(search.allowed.into_iter().collect()),
    }
}

fn found(routes: &[Route], index: usize, values: Vec<String>) -> RouteMatch {
    let pattern = routes
        .get(index)
        .map(|route| route.pattern.clone())
        .unwrap_or_default();
    let names = tokens(&pattern)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|token| token.name().map(str::to_owned));
    RouteMatch::Found {
        index,
        params: names.zip(values).collect(),
        pattern,
    }
}

/// A route of which the first tokens have matched.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    index: usize,
    tokens: &'a [Token],
}

impl<'a> Candidate<'a> {
    fn next(&self) -> Option<&'a Token> {
        self.tokens.first()
    }

    fn advanced(self) -> Self {
        Self {
            tokens: self.tokens.get(1..).unwrap_or_default(),
            ..self
        }
    }
}

struct Search<'a> {
    routes: &'a [Route],
    method: &'a str,
    allowed: BTreeSet<String>,
}

impl Search<'_> {
    fn walk(
        &mut self,
        candidates: Vec<Candidate<'_>>,
        path: &str,
        values: &mut Vec<String>,
    ) -> Option<usize> {
        if candidates.is_empty() {
            return None;
        }
        if let Some(index) = path.is_empty().then(|| self.leaf(&candidates)).flatten() {
            return Some(index);
        }
        self.literal(&candidates, path, values)
            .or_else(|| self.params(&candidates, path, values, true))
            .or_else(|| self.params(&candidates, path, values, false))
            .or_else(|| self.wildcard(&candidates, path, values))
    }

    /// The last registered candidate that ends here and takes the method.
    fn leaf(&mut self, candidates: &[Candidate<'_>]) -> Option<usize> {
        let ended = candidates
            .iter()
            .rev()
            .filter(|candidate| candidate.tokens.is_empty());
        let mut taken = None;
        for index in ended.map(|candidate| candidate.index) {
            let method = self
                .routes
                .get(index)
                .map_or("", |route| route.method.as_str());
            if method == self.method || method == ANY {
                taken = taken.or(Some(index));
            } else {
                self.allowed.insert(method.to_owned());
            }
        }
        taken
    }

    fn literal(
        &mut self,
        candidates: &[Candidate<'_>],
        path: &str,
        values: &mut Vec<String>,
    ) -> Option<usize> {
        let first = path.chars().next()?;
        let takes = |candidate: &&Candidate<'_>| matches!(candidate.next(), Some(Token::Literal(c)) if *c == first);
        let rest = candidates
            .iter()
            .filter(takes)
            .map(|candidate| candidate.advanced())
            .collect();
        self.walk(rest, path.get(first.len_utf8()..)?, values)
    }

    /// Parameters grouped by what they accept and where they end; those ending with a segment last.
    fn params(
        &mut self,
        candidates: &[Candidate<'_>],
        path: &str,
        values: &mut Vec<String>,
        regex: bool,
    ) -> Option<usize> {
        let mut groups: Vec<&Token> = Vec::new();
        for token in candidates.iter().filter_map(Candidate::next) {
            if token.is_param(regex) && !groups.iter().any(|other| other.accepts_like(token)) {
                groups.push(token);
            }
        }
        groups.sort_by_key(|token| token.ends_with_segment());
        for group in groups {
            let Some(length) = group.accept(path) else {
                continue;
            };
            let same = |candidate: &&Candidate<'_>| {
                candidate
                    .next()
                    .is_some_and(|token| token.accepts_like(group))
            };
            let rest = candidates
                .iter()
                .filter(same)
                .map(|candidate| candidate.advanced())
                .collect();
            let (value, path) = path.split_at_checked(length)?;
            values.push(value.to_owned());
            if let Some(index) = self.walk(rest, path, values) {
                return Some(index);
            }
            values.pop();
        }
        None
    }

    fn wildcard(
        &mut self,
        candidates: &[Candidate<'_>],
        path: &str,
        values: &mut Vec<String>,
    ) -> Option<usize> {
        let takes = |candidate: &&Candidate<'_>| matches!(candidate.next(), Some(Token::Wildcard));
        let rest: Vec<_> = candidates
            .iter()
            .filter(takes)
            .map(|candidate| candidate.advanced())
            .collect();
        let index = self.leaf(&rest)?;
        values.push(path.to_owned());
        Some(index)
    }
}

#[cfg(test)]
mod tests;
