//! The answer as apps see it, without the values that went into the request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, TRANSFER_ENCODING};

use super::exchange::Sent;
use crate::plugin::carried::Revealed;
use crate::plugin::message::HttpAnswer;

/// The answer to the request for `url`.
pub fn answer(url: String, sent: Sent, revealed: &Revealed) -> HttpAnswer {
    let (body, binary) = match String::from_utf8(sent.body) {
        Ok(text) => (revealed.redact(&text), None),
        Err(error) => {
            let bytes = revealed.redact_line(error.as_bytes());
            (String::new(), Some(STANDARD.encode(&*bytes)))
        }
    };
    let encodings = sent.headers.get_all(TRANSFER_ENCODING).iter();
    HttpAnswer {
        url: revealed.redact(&url),
        status_code: i64::from(sent.status),
        encoding: encodings
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect(),
        headers: headers(&sent.headers, revealed),
        body,
        binary,
    }
}

fn headers(headers: &HeaderMap, revealed: &Revealed) -> Vec<(String, String)> {
    let names = headers.keys().filter(|name| *name != TRANSFER_ENCODING);
    let joined = |name: &reqwest::header::HeaderName| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        (titled(name.as_str()), revealed.redact(&values.join(",")))
    };
    names.map(joined).collect()
}

/// `content-type` as `Content-Type`, the spelling apps look for.
fn titled(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase())
            .into_iter()
            .chain(letters)
            .collect::<String>()
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
