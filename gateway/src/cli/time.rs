//! Times as people write them: `2h` ago or RFC 3339.

use jiff::{SignedDuration, Timestamp};

use super::terminal::Failure;

/// Unix nanoseconds of what `text` says.
pub fn parse(text: &str, now: Timestamp) -> Result<i64, Failure> {
    let time = ago(text, now).or_else(|| text.parse::<Timestamp>().ok());
    let time = time.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
    time.ok_or_else(|| {
        Failure::new(
            2,
            format!("`{text}` is not a time; write `2h`, `7d` or `2026-01-31T12:00:00Z`"),
        )
    })
}

/// Seconds of a time span such as `30d`.
pub fn lifetime(text: &str) -> Result<u64, Failure> {
    let seconds = span(text).and_then(|seconds| u64::try_from(seconds).ok());
    seconds.ok_or_else(|| {
        let message = format!("`{text}` is not a time span; write `30d`, `12h` or `30m`");
        Failure::new(2, message)
    })
}

fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    now.checked_sub(SignedDuration::from_secs(span(text)?)).ok()
}

fn span(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(seconds)
}

/// Unix nanoseconds as people read them.
pub fn show(ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(ns))
        .map(|time| format!("{time:.3}"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let now = "2026-01-31T12:00:00Z".parse().unwrap();
        let got = parse(text, now)
            .ok()
            .map(|ns| Timestamp::from_nanosecond(ns.into()).unwrap().to_string());
        assert_eq!(got.as_deref(), expected, "{text}");
    }

    #[test]
    fn times() {
        check("2h", Some("2026-01-31T10:00:00Z"));
        check("7d", Some("2026-01-24T12:00:00Z"));
        check("2026-01-01T00:00:00+01:00", Some("2025-12-31T23:00:00Z"));
        check("2", None);
        check("h", None);
        check("yesterday", None);
        check("99999999999999999999d", None);
    }
}
