//! Semantic versions: a version as a value, and whether it is in a range.

use std::sync::Arc;

use semver::{Version, VersionReq};

use super::Call;
use super::family::Entry;
use crate::value::{Object, Value};

pub(super) const FAMILY: &[Entry] = &[
    ("semver", "s", |c| {
        Ok(Value::Object(Arc::new(Semver::read(&c.text(0))?)))
    }),
    ("semverCompare", "ss", compare),
];

/// A version as written and as read.
struct Semver {
    original: String,
    version: Version,
}

impl Semver {
    /// Reads a version whose minor and patch numbers may be left out, with or without a `v`.
    fn read(text: &str) -> Result<Semver, String> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let end = bare.find(['-', '+']).unwrap_or(bare.len());
        let (numbers, rest) = bare.split_at(end);
        let missing = 2_usize.saturating_sub(numbers.matches('.').count());
        let full = format!("{numbers}{}{rest}", ".0".repeat(missing));
        let version = Version::parse(&full).map_err(|_| "Invalid Semantic Version".to_owned())?;
        Ok(Semver {
            original: text.to_owned(),
            version,
        })
    }
}

impl Object for Semver {
    fn type_name(&self) -> &str {
        "*semver.Version"
    }

    fn method(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, String>> {
        let number = |number: u64| Value::Uint(number, crate::Width::W64);
        let version = &self.version;
        Some(match (name, arguments) {
            ("Major", []) => Ok(number(version.major)),
            ("Minor", []) => Ok(number(version.minor)),
            ("Patch", []) => Ok(number(version.patch)),
            ("Prerelease", []) => Ok(version.pre.as_str().into()),
            ("Metadata", []) => Ok(version.build.as_str().into()),
            ("Original", []) => Ok(self.original.as_str().into()),
            ("String", []) => Ok(self.text().into()),
            _ => return None,
        })
    }

    fn underlying(&self) -> Value {
        Value::Nil
    }

    fn text(&self) -> String {
        self.version.to_string()
    }
}

/// `semverCompare range version`: alternatives with `||`, comparisons with commas or spaces between.
fn compare(c: &Call<'_>) -> Result<Value, String> {
    let version = Semver::read(&c.text(1))?.version;
    let ranges = c.text(0);
    let mut inside = false;
    for range in ranges.split("||") {
        inside |= requirement(range)?
            .iter()
            .all(|part| part.matches(&version));
    }
    Ok(inside.into())
}

fn requirement(range: &str) -> Result<Vec<VersionReq>, String> {
    if let Some((from, to)) = range.split_once(" - ") {
        return Ok(vec![
            one(&format!(">={}", from.trim()))?,
            one(&format!("<={}", to.trim()))?,
        ]);
    }
    let mut parts: Vec<String> = Vec::new();
    for word in range.split([',', ' ']).filter(|word| !word.is_empty()) {
        match parts.last_mut() {
            Some(part) if part.ends_with(['=', '<', '>', '~', '^']) => part.push_str(word),
            _ => parts.push(word.to_owned()),
        }
    }
    parts.iter().map(|part| one(part)).collect()
}

fn one(part: &str) -> Result<VersionReq, String> {
    let wrong = || format!("improper constraint: {part}");
    let at = part
        .find(|letter: char| letter.is_ascii_alphanumeric() || letter == '*')
        .ok_or_else(wrong)?;
    let (operator, version) = part.split_at(at);
    let version = version.strip_prefix('v').unwrap_or(version);
    let operator = match operator {
        "" if version.matches('.').count() == 2 && !version.contains(['x', 'X', '*']) => "=",
        "=>" => ">=",
        "=<" => "<=",
        "!=" => return without(version),
        "~>" => "~",
        operator => operator,
    };
    VersionReq::parse(&format!("{operator}{version}")).map_err(|_| wrong())
}

/// Everything but one version cannot be said in one requirement of this library, so it is not taken.
fn without(version: &str) -> Result<VersionReq, String> {
    Err(format!(
        "!={version} is not available here; write `<{version} || >{version}`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_versions() {
        let inside = |range: &str, version: &str| {
            let arguments = [Value::text(range), Value::text(version)];
            let call = Call {
                arguments: &arguments,
                now: jiff::Timestamp::UNIX_EPOCH,
            };
            compare(&call).map(|value| value.truth())
        };
        assert_eq!(inside("^1.2.0", "1.9.3"), Ok(true));
        assert_eq!(inside(">= 1.2, < 2", "v1.2.3"), Ok(true));
        assert_eq!(inside("~1.2.3", "1.3.0"), Ok(false));
        assert_eq!(inside("1.2.x || 3.0.0", "3.0.0"), Ok(true));
        assert_eq!(inside("1.2 - 1.4", "1.3.1"), Ok(true));
        assert_eq!(inside("1.2.3", "1.2.4"), Ok(false));
        assert!(inside("one", "1.2.4").is_err());
    }
}
