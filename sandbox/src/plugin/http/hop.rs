//! One request of a trip, still with tokens in the places of its secrets.

use policy::{HttpMethod, Url};
use secrets::Tokens;

use super::body::Body;
use super::signature::Signature;
use crate::plugin::carried::name_url;

/// A request as it will be sent, except for the values of secrets.
#[derive(Debug)]
pub struct Hop {
    /// The method.
    pub method: HttpMethod,
    /// The canonical URL; tokens may stand in path and query only.
    pub url: Url,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// User and password for basic authentication.
    pub basic: Option<(String, String)>,
    /// Who signs.
    pub signature: Option<Signature>,
    /// The body.
    pub body: Option<Body>,
}

impl Hop {
    /// The URL as policy and records see it: with references in the places of secrets.
    pub fn judged(&self, tokens: &Tokens) -> Result<Url, String> {
        let text = self.url.to_string();
        if tokens.find(&text).is_empty() {
            return Ok(self.url.clone());
        }
        if !tokens.find(self.url.host()).is_empty() {
            return Err(
                "a secret cannot be part of a host name; put it into a header, parameter or the body".to_owned()
            );
        }
        Url::parse(&name_url(tokens, &text)).map_err(|error| error.to_string())
    }

    /// All strings in which a token is exchanged for its value.
    pub fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.url.path(), self.url.query()];
        texts.extend(self.headers.iter().map(|(_, value)| value.as_str()));
        if let Some((user, password)) = &self.basic {
            texts.extend([user.as_str(), password.as_str()]);
        }
        if let Some(Signature { user, key }) = &self.signature {
            texts.extend([user.as_str(), key.as_str()]);
        }
        if let Some(body) = &self.body {
            texts.extend(body.texts());
        }
        texts
    }

    /// Whether both go to the same scheme, host and port.
    pub fn same_origin(&self, url: &Url) -> bool {
        self.url.scheme() == url.scheme()
            && self.url.host() == url.host()
            && self.url.port() == url.port()
    }
}
