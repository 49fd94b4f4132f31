//! Security headers: strict ones on our own pages, a level the operator chooses on what apps answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};

pub(super) const OWN_POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

type Set = &'static [(&'static str, &'static str)];

/// From level 2, if absent.
const SOUND: Set = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "SAMEORIGIN"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
];

/// From level 5, whatever the app says.
const STRICT_FORCED: Set = &[("x-frame-options", "DENY")];

/// From level 5, if absent.
const STRICT: Set = &[
    (
        "strict-transport-security",
        "max-age=31536000; includeSubDomains",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-permitted-cross-domain-policies", "none"),
];

/// From level 10, whatever the app says.
const STRICTEST_FORCED: Set = &[(
    "strict-transport-security",
    "max-age=63072000; includeSubDomains; preload",
)];

/// From level 10, if absent.
const STRICTEST: Set = &[
    ("content-security-policy", "default-src 'self'"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "geolocation=(), microphone=(), camera=()",
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

/// Adds what an app's answer lacks at this level; levels are cumulative, and what the app says stays
/// unless the level forces it.
pub fn guard_app(headers: &mut HeaderMap, level: u64) {
    let steps: [(u64, Set, Set); 3] = [
        (2, &[], SOUND),
        (5, STRICT_FORCED, STRICT),
        (10, STRICTEST_FORCED, STRICTEST),
    ];
    for (_, forced, absent) in steps.into_iter().filter(|(from, ..)| level >= *from) {
        for (name, value) in forced {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        for (name, value) in absent {
            let value = HeaderValue::from_static(value);
            headers.entry(*name).or_insert(value);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 10] = [
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "strict-transport-security",
        "cross-origin-opener-policy",
        "x-permitted-cross-domain-policies",
        "content-security-policy",
        "cross-origin-embedder-policy",
        "cross-origin-resource-policy",
        "permissions-policy",
    ];

    fn guarded(level: u64, given: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        guard_app(&mut headers, level);
        headers
    }

    #[test]
    fn levels_are_cumulative_and_round_down() {
        for (level, count) in [(0, 0), (1, 0), (2, 3), (4, 3), (5, 6), (9, 6), (10, 10)] {
            let headers = guarded(level, &[]);
            let found: Vec<_> = ALL
                .iter()
                .filter(|name| headers.contains_key(**name))
                .collect();
            assert_eq!(found, ALL.iter().take(count).collect::<Vec<_>>(), "{level}");
        }
        assert_eq!(guarded(2, &[])["x-frame-options"], "SAMEORIGIN");
        assert_eq!(guarded(5, &[])["x-frame-options"], "DENY");
        let strict = "max-age=31536000; includeSubDomains";
        assert_eq!(guarded(5, &[])["strict-transport-security"], strict);
        let strictest = "max-age=63072000; includeSubDomains; preload";
        assert_eq!(guarded(10, &[])["strict-transport-security"], strictest);
    }

    #[test]
    fn what_the_app_says_stays_unless_forced() {
        for name in ALL {
            let kept = |level| guarded(level, &[(name, "app")])[name] == "app";
            assert!(kept(2), "{name}");
            assert_eq!(kept(5), name != "x-frame-options", "{name}");
            let forced = ["x-frame-options", "strict-transport-security"];
            assert_eq!(kept(10), !forced.contains(&name), "{name}");
        }
    }
}
