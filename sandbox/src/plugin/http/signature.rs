//! `auth_signature`: requests signed with a key that both sides know. The signature is made when the
//! values of secrets are there, over the request as it leaves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use policy::Bound;
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::exchange::Failure;

/// Whose signature, still with tokens.
#[derive(Debug)]
pub struct Signature {
    /// The name the server knows.
    pub user: String,
    /// The key both know.
    pub key: String,
}

impl Signature {
    /// Reads the argument; none when it is empty.
    pub fn new(bound: &Bound) -> Result<Option<Signature>, String> {
        let Some(fields) = bound.value("auth_signature").as_object() else {
            return Ok(None);
        };
        if fields.is_empty() {
            return Ok(None);
        }
        match text(fields, "type")?.as_str() {
            "SL" => Ok(Some(Signature {
                user: text(fields, "user")?,
                key: text(fields, "api_key")?,
            })),
            other => Err(format!("unknown auth type: {other}")),
        }
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<String, String> {
    let value = fields
        .get(name)
        .ok_or_else(|| format!("key {name} not found"))?;
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| format!("key {name} is not a string"))
}

/// Adds the date and the signature by `user` with `key`, both with their values.
pub fn sign(
    headers: &mut HeaderMap,
    url: &reqwest::Url,
    (user, key): (&str, &str),
    now: jiff::Timestamp,
) -> Result<(), Failure> {
    let failed = |text: &str| Failure::new("http.signature", format!("auth_signature: {text}"));
    let date = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .map_err(|_| failed("the time cannot be written"))?;
    let date = HeaderValue::from_str(&date).map_err(|_| failed("the time cannot be sent"))?;
    headers.insert(DATE, date);
    headers.remove(AUTHORIZATION);
    let mut names: Vec<&HeaderName> = headers.keys().collect();
    names.sort_by_key(|name| name.as_str());
    let values = names.iter().map(|name| value(headers, name));
    let values = values.collect::<Option<Vec<_>>>();
    let values = values
        .ok_or_else(|| failed("a header is not text"))?
        .join(";");
    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let signed = format!("{};{values};{key}", place(url));
    let signature = STANDARD.encode(Sha256::digest(signed.as_bytes()));
    let names = names.join(";");
    let authorization = format!("SLSignature keyId={user}, headers={names}, {signature}");
    let mut authorization = HeaderValue::from_str(&authorization)
        .map_err(|_| failed("the user cannot be sent in a header"))?;
    authorization.set_sensitive(true);
    headers.insert(AUTHORIZATION, authorization);
    Ok(())
}

fn value(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// Host, path and query as they are signed.
fn place(url: &reqwest::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    let query = url.query().map(|query| format!("?{query}"));
    let (port, query) = (port.unwrap_or_default(), query.unwrap_or_default());
    format!("{host}{port}{}{query}", url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_place_headers_and_key() {
        let url = reqwest::Url::parse("http://example.com:81/a/b?c=d").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-b", HeaderValue::from_static("2"));
        headers.insert("accept", HeaderValue::from_static("1"));
        let now = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        assert!(sign(&mut headers, &url, ("ann", "key"), now).is_ok());
        assert_eq!(headers["date"], "Fri, 15 Jan 2027 08:00:00 GMT");
        let signed = "example.com:81/a/b?c=d;1;Fri, 15 Jan 2027 08:00:00 GMT;2;key";
        let signature = STANDARD.encode(Sha256::digest(signed.as_bytes()));
        let expected = format!("SLSignature keyId=ann, headers=accept;date;x-b, {signature}");
        assert_eq!(headers["authorization"], expected.as_str());
    }
}
