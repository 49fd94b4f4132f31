//! Which file a program name means, and with which surroundings it may run.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Where names without a slash are looked for; never the PATH of the gateway or the app.
const PLACES: &[&str] = &["/usr/local/bin", "/usr/bin", "/bin"];

/// What a PATH given to a program may name besides: places where only the system's owner can put files.
const ADMIN_PLACES: &[&str] = &["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Beginnings of variables with which a caller could make a harmless program run other code.
const LOADERS: &[&str] = &[
    "LD_",
    "DYLD_",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "MALLOC_",
    "LOCPATH",
    "BASH_",
    "SHELLOPTS",
    "BASHOPTS",
    "PROMPT_",
    "PYTHON",
    "PERL",
    "RUBY",
    "NODE_",
    "JAVA_",
    "JDK_",
    "_JAVA_",
    "CLASSPATH",
    "LUA_",
    "PHP",
    "GIT_",
    "LESS",
    "MANPAGER",
    "OPENSSL_",
    "TAR_OPTIONS",
    "RSYNC_",
    "SSH_ASKPASS",
    "GEM_",
    "BUNDLE_",
    "NPM_",
    "DOTNET_",
    "CORECLR_",
    "TCLLIBPATH",
];

/// Variables that do the same and whose beginnings are harmless.
const LOADER_NAMES: &[&str] = &["ENV", "IFS", "PS4", "EDITOR", "VISUAL", "PAGER", "SHELL"];

/// The real file of a program: an absolute path, or a name in one of the system's places.
pub fn resolve_program(name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.contains('\0') {
        return None;
    }
    if name.contains('/') {
        return Path::new(name)
            .is_absolute()
            .then(|| executable(Path::new(name)))?;
    }
    PLACES
        .iter()
        .find_map(|place| executable(&Path::new(place).join(name)))
}

/// The directory to run in; the gateway's own when none is named.
pub fn directory(given: &Path) -> Option<PathBuf> {
    if given.as_os_str().is_empty() {
        return std::env::current_dir().ok();
    }
    std::fs::canonicalize(given)
        .ok()
        .filter(|path| path.is_dir())
}

/// Splits `NAME=value` and refuses names that change which code runs.
pub fn environment(given: &[String]) -> Result<Vec<(String, String)>, String> {
    let variable = |text: &String| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        if name.is_empty() || name.contains('\0') {
            return Err("env: expected `NAME=value`".to_owned());
        }
        if loader(name) || (name.eq_ignore_ascii_case("PATH") && !is_system_path(value)) {
            return Err(format!(
                "env: `{name}` changes which code runs and is not allowed"
            ));
        }
        Ok((name.to_owned(), value.to_owned()))
    };
    given.iter().map(variable).collect()
}

fn executable(path: &Path) -> Option<PathBuf> {
    let real = std::fs::canonicalize(path).ok()?;
    let facts = std::fs::metadata(&real).ok()?;
    (facts.is_file() && facts.permissions().mode() & 0o111 != 0).then_some(real)
}

/// Whether programs that a program starts by name are the system's.
fn is_system_path(value: &str) -> bool {
    value
        .split(':')
        .all(|place| PLACES.contains(&place) || ADMIN_PLACES.contains(&place))
}

fn loader(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    LOADER_NAMES.contains(&upper.as_str()) || LOADERS.iter().any(|start| upper.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{environment, resolve_program};

    #[test]
    fn names_and_absolute_paths_are_found() {
        let check = |name: &str, expected: bool| {
            assert_eq!(resolve_program(name).is_some(), expected, "{name}")
        };
        check("sh", true);
        check("/bin/sh", true);
        check("bin/sh", false);
        check("./sh", false);
        check("no-such-program", false);
        check("/etc/passwd", false);
        check("/etc", false);
        check("", false);
        assert_eq!(resolve_program("/usr/../bin/sh"), resolve_program("sh"));
    }

    #[test]
    fn variables_that_load_code_are_refused() {
        let check = |text: &str, expected: bool| {
            assert_eq!(environment(&[text.to_owned()]).is_ok(), expected, "{text}");
        };
        check("LANG=C", true);
        check("HOME=/tmp", true);
        check("ENVIRONMENT=prod", true);
        check("EMPTY", true);
        check("PATH=/usr/sbin:/usr/bin:/bin", true);
        check("PATH=/tmp:/usr/bin", false);
        check("PATH=/usr/bin:", false);
        check("PATH=.", false);
        check("Path=/tmp", false);
        check("OPENSSL_CONF=/tmp/x", false);
        check("TAR_OPTIONS=--to-command=x", false);
        check("LD_PRELOAD=/tmp/x.so", false);
        check("ld_audit=x", false);
        check("BASH_ENV=/tmp/x", false);
        check("ENV=/tmp/x", false);
        check("PYTHONPATH=/tmp", false);
        check("=x", false);
    }
}
