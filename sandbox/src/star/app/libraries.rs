//! `libraries=` of an app: addresses of scripts, and packages by name.

use starlark::values::Value;

use crate::inspection::Library;
use crate::star::attrs::Attrs;

/// Longest name of a package.
const MAX_NAME: usize = 214;

/// Reads the list.
pub fn read(entries: &[Value<'_>]) -> Result<Vec<Library>, String> {
    let library = |(at, value): (usize, &Value<'_>)| match value.unpack_str() {
        Some(url) => Ok(Library::Url(url.to_owned())),
        None => package(*value)
            .ok_or_else(|| format!("libraries entry {} is not a string or library", at + 1))?,
    };
    entries.iter().enumerate().map(library).collect()
}

/// `None` when `value` is not of `ace.library`.
fn package(value: Value<'_>) -> Option<Result<Library, String>> {
    let attrs = Attrs::of(value).filter(|attrs| attrs.value("version").is_some())?;
    let name = attrs.text("name");
    Some(check(name).map(|()| Library::Package {
        name: name.to_owned(),
        version: attrs.text("version").to_owned(),
        args: attrs.texts("args"),
    }))
}

/// Names become file names and arguments of programs, so they are those a registry can have.
fn check(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("package name cannot be empty".to_owned());
    }
    if name.len() > MAX_NAME {
        return Err(format!("package name {name:?} is too long"));
    }
    let (scope, rest) = match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').unwrap_or((scoped, "")),
        None => ("x", name),
    };
    match part(scope) && rest.split('/').all(part) {
        true => Ok(()),
        false => Err(format!("invalid package name {name:?}")),
    }
}

fn part(text: &str) -> bool {
    let first = text.chars().next();
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    first.is_some_and(|c| c.is_ascii_alphanumeric() || c == '~' || c == '_')
        && text.chars().all(known)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_are_those_of_packages() {
        let bad = |name: &str, expected: &str| assert_eq!(check(name), Err(expected.to_owned()));
        for good in ["d3", "@org/chart", "lit/decorators.js", "@a/b/c", "a_b~c"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        bad("", "package name cannot be empty");
        bad("x y", "invalid package name \"x y\"");
        bad("@org", "invalid package name \"@org\"");
        bad("../x", "invalid package name \"../x\"");
        bad("-x", "invalid package name \"-x\"");
        bad("a//b", "invalid package name \"a//b\"");
    }
}
