//! Security headers: strict ones on our own pages, level 2 of OpenRun on what apps answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};

const OWN_POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const APP: [(HeaderName, HeaderValue); 3] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::X_FRAME_OPTIONS,
        HeaderValue::from_static("SAMEORIGIN"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    ),
];

const OWN: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(OWN_POLICY),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds what an app's answer lacks; what the app says stays.
pub fn guard_app(headers: &mut HeaderMap) {
    for (name, value) in APP {
        headers.entry(name).or_insert(value);
    }
}

/// Adds the headers of our own answers; an asset may say that it can be kept.
pub fn guard_own_kept(headers: &mut HeaderMap) {
    for (name, value) in OWN {
        headers.entry(name).or_insert(value);
    }
}

/// Sets the headers of our own answers.
pub fn guard_own(headers: &mut HeaderMap) {
    headers.extend(OWN);
}
