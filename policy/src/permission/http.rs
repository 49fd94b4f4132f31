//! Patterns of `http.in`: an exact URL, a URL with `*` in its path or query, a host as `*.example.com`
//! (strictly below), a regular expression, or nothing for any URL.

use super::draft::{Draft, Reading, Sinks};
use super::est;
use crate::url::Url;

pub(super) fn read(reading: &Reading<'_>) -> Result<Draft, String> {
    let draft = match reading.pattern(0) {
        None => Draft::new(est::is_any("Host"), 2)
            .risk("any host, any URL")
            .sink(Sinks::Any("the secret may be sent to any host")),
        Some(pattern) => match pattern.strip_prefix("regex:") {
            Some(pattern) => Draft::new(est::is_any("Host"), 3)
                .sink(Sinks::Any("the secret may be sent to any host"))
                .expression(reading.function.action, 0, pattern)?,
            None => url(pattern)?,
        },
    };
    reading.rest(draft, 1)
}

/// The draft of a pattern that is a URL.
pub(super) fn url(pattern: &str) -> Result<Draft, String> {
    let (draft, parts) = origin(pattern)?;
    let draft = draft.at(est::matches(est::context(&["url", "path"]), parts.path()));
    let open_end = !pattern.contains('?') && pattern.ends_with('*');
    let query = if open_end { "*" } else { parts.query() };
    Ok(match query {
        "*" => draft,
        query => draft.at(est::matches(est::context(&["url", "query"]), query)),
    })
}

/// The draft for a URL and all below its path, with any query.
pub(super) fn below(pattern: &str) -> Result<Draft, String> {
    let (draft, parts) = origin(pattern)?;
    if pattern.contains('?') {
        return Err(format!(
            "`{pattern}` has a query; requests bring their own, so leave it out"
        ));
    }
    Ok(match parts.path().trim_end_matches('/') {
        "" => draft,
        path => draft.at(est::either(
            est::equal(&["url", "path"], est::literal(path)),
            est::like(est::context(&["url", "path"]), &format!("{path}/*")),
        )),
    })
}

/// The draft for the scheme, host and port of a URL, and the URL without the `*.` of its host.
fn origin(pattern: &str) -> Result<(Draft, Url), String> {
    let (base, below) = base(pattern)?;
    let parts = Url::parse(&base).map_err(|error| error.to_string())?;
    let draft = if below {
        let domain = est::entity("Domain", parts.host());
        let sink = est::binary(
            "in",
            est::context(&["sinkHost"]),
            est::entity_literal(domain.clone()),
        );
        Draft::new(est::is_below("Host", domain), 1)
            .risk(format!("any host below {}", parts.host()))
            .sink(Sinks::Known(est::given("sinkHost", sink)))
    } else {
        let host = est::entity("Host", parts.host());
        let sink = est::equal(&["sinkHost"], est::entity_literal(host.clone()));
        Draft::new(est::is_one(host), 0).sink(Sinks::Known(est::given("sinkHost", sink)))
    };
    let draft = if pattern.is_ascii() {
        draft
    } else {
        // Letters of other scripts may look like the ones of a host that is known.
        draft.risk(format!("the host is {}", parts.host()))
    };
    let draft = draft
        .at(est::equal(&["url", "scheme"], est::literal(parts.scheme())))
        .at(est::equal(&["url", "port"], est::literal(parts.port())));
    Ok((draft, parts))
}

/// The pattern as a URL without the `*.` of its host, and whether it had one.
fn base(pattern: &str) -> Result<(String, bool), String> {
    let Some((scheme, rest)) = pattern.split_once("://") else {
        return Err(format!(
            "`{pattern}` is not a URL; write `https://host/path`, with `*` for anything in the path"
        ));
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (host, tail) = rest.split_at(end);
    if tail.contains(['#', '\\']) {
        return Err(format!("`{pattern}` has a `#` or `\\`; leave it out"));
    }
    if has_dots(tail) {
        return Err(format!(
            "`{pattern}` has `.` or `..` in its path; write the path it leads to"
        ));
    }
    let (host, below) = host
        .strip_prefix("*.")
        .map_or((host, false), |host| (host, true));
    if host.contains('*') {
        return Err(format!(
            "`{pattern}` has `*` in its host; name the host, write `*.example.com` for all hosts below one, or leave the argument out for any URL"
        ));
    }
    if below && (host.starts_with('[') || host.split([':']).next().is_some_and(is_address)) {
        return Err(format!(
            "`{pattern}` has nothing below an address; name the address"
        ));
    }
    Ok((format!("{scheme}://{host}{tail}"), below))
}

/// Whether the path means another one than it says.
fn has_dots(tail: &str) -> bool {
    let path = tail.split('?').next().unwrap_or_default();
    path.split('/').any(|segment| {
        matches!(
            segment.to_ascii_lowercase().replace("%2e", ".").as_str(),
            "." | ".."
        )
    })
}

fn is_address(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok()
}
