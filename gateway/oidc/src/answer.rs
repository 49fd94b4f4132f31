//! The way back: what the browser brings must belong to the sign-in, and come from the issuer that was asked.

use openidconnect::AuthorizationCode;
use subtle::ConstantTimeEq;

use crate::error::{Error, Result, clean};
use crate::identity::Memory;

/// An answer that belongs to a sign-in; its issuer is not judged yet.
#[derive(Debug)]
pub struct Answer<'a> {
    query: &'a [(String, String)],
}

impl<'a> Answer<'a> {
    /// Compares the state before anything else is read.
    pub fn new(query: &'a [(String, String)], memory: &Memory) -> Result<Self> {
        let answer = Self { query };
        let state = answer
            .one("state")?
            .ok_or(Error::State("it carries no state"))?;
        if memory.state.is_empty() || !bool::from(state.as_bytes().ct_eq(memory.state.as_bytes())) {
            return Err(Error::State("its state is of another one"));
        }
        Ok(answer)
    }

    /// The code, if the right issuer answered and did not refuse.
    pub fn code(&self, issuers: &[String], must_name: bool) -> Result<AuthorizationCode> {
        match self.one("iss")? {
            Some(issuer) if !issuers.iter().any(|known| known == issuer) => {
                return Err(Error::Issuer(format!(
                    "the answer is from `{}`",
                    clean(issuer)
                )));
            }
            None if must_name => {
                return Err(Error::Issuer(
                    "the answer names none, though the provider always does".into(),
                ));
            }
            Some(_) | None => {}
        }
        if let Some(error) = self.one("error")? {
            return Err(Error::Refused(word(error)));
        }
        match self.one("code")? {
            Some(code) if !code.is_empty() => Ok(AuthorizationCode::new(code.to_owned())),
            Some(_) | None => Err(Error::State("it carries no code")),
        }
    }

    /// A parameter that may be there once.
    fn one(&self, name: &str) -> Result<Option<&'a str>> {
        let mut found = self
            .query
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str());
        let first = found.next();
        match found.next() {
            Some(_) => Err(Error::State("it says something twice")),
            None => Ok(first),
        }
    }
}

/// An error's name as the standards write it. What does not look like one is not repeated.
pub fn word(error: &str) -> String {
    let fits = error.len() <= 64
        && error
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if fits && !error.is_empty() {
        error.to_owned()
    } else {
        "unknown".to_owned()
    }
}
