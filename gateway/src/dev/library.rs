//! JavaScript libraries of an app: files named by URL, and npm packages bundled to one module.
//!
//! Bundling is the `esbuild` command and not a library of ours: it is one binary that operators pin
//! themselves, its answers are what OpenRun apps were made with, and as a process of its own it can be
//! judged, bounded and ended.

use std::{collections::BTreeMap, fs, io};

use bytes::Bytes;
use sandbox::{Library, Source};

use super::{
    DevError, assets, blocking,
    fetch::fetch,
    hands::Hands,
    tool::{Output, Tool},
};

/// Arguments for the bundler that apps may give; none of them names a file or a server.
const ARGUMENTS: &[&str] = &[
    "--charset=",
    "--conditions=",
    "--define:",
    "--drop:",
    "--external:",
    "--global-name=",
    "--ignore-annotations",
    "--jsx",
    "--keep-names",
    "--legal-comments=",
    "--main-fields=",
    "--minify",
    "--packages=",
    "--platform=",
    "--pure:",
    "--sourcemap=inline",
    "--supported:",
    "--target=",
    "--tree-shaking=",
];
/// More are not passed on.
const MOST_ARGUMENTS: usize = 10;

/// What was made since the server started: path of the file to what it was made of.
pub(super) type Made = BTreeMap<String, String>;

/// The libraries' files as they have to be, new ones only; `made` is brought up to date. A file whose library
/// is gone comes without content.
pub(super) async fn libraries(
    hands: &Hands<'_>,
    wanted: &[Library],
    source: &Source,
    made: &mut Made,
) -> Result<Vec<(String, Option<Bytes>)>, DevError> {
    let mut changes = Vec::new();
    let mut kept = Made::new();
    for library in wanted {
        let (path, from) = (path(library)?, format!("{library:?}"));
        if made.get(&path) != Some(&from)
            && let Some(content) = make(hands, library, &path, source).await?
        {
            changes.push((path.clone(), Some(content)));
        }
        kept.insert(path, from);
    }
    let gone = made.keys().filter(|path| !kept.contains_key(*path));
    changes.extend(gone.map(|path| (path.clone(), None)));
    *made = kept;
    Ok(changes)
}

/// The file of a library, or nothing when the one that is there stays.
async fn make(
    hands: &Hands<'_>,
    library: &Library,
    path: &str,
    source: &Source,
) -> Result<Option<Bytes>, DevError> {
    let there = source.files.contains_key(path);
    match library {
        Library::Url(url) if there && !hands.config.download && assets::known(url).is_none() => {
            Ok(None)
        }
        Library::Url(url) => fetch(hands, url).await.map(Some),
        Library::Package { .. } if hands.config.node_path == "disable" => Ok(None),
        Library::Package { name, args, .. } => match bundle(hands, name, args).await {
            Ok(content) => Ok(Some(content)),
            Err(error) if there => {
                tracing::warn!(%error, "the library `{path}` stays as it is");
                Ok(None)
            }
            Err(error) => Err(error),
        },
    }
}

/// Where the file of a library lies.
fn path(library: &Library) -> Result<String, DevError> {
    let (text, folder, ending) = match library {
        Library::Url(url) => (url, "lib", String::new()),
        Library::Package { name, version, .. } => (name, "esm", format!("-{version}.js")),
    };
    let last = text.rsplit('/').next().unwrap_or_default();
    let name = format!("{}{ending}", last.replace('@', ""));
    let bad = |letter: char| letter.is_control() || matches!(letter, '/' | '\\');
    if name.is_empty() || name.starts_with('.') || name.len() > 200 || name.contains(bad) {
        return Err(DevError(format!(
            "library `{text}` has no name for a file at its end"
        )));
    }
    Ok(format!("static/gen/{folder}/{name}"))
}

async fn bundle(hands: &Hands<'_>, name: &str, args: &[String]) -> Result<Bytes, DevError> {
    let failed = |why: &str| DevError(format!("error building {name} : {why}"));
    if !is_package(name) {
        return Err(failed("it is not the name of a package"));
    }
    if hands.config.esbuild_command.trim().is_empty() {
        return Err(failed("`esbuild_command` in `[dev]` is empty"));
    }
    let entry = format!("{}.js", name.replace(['/', '@'], "_"));
    let (input, output) = (
        hands.work.join(&entry),
        hands.work.join(format!("out-{entry}")),
    );
    let text = format!("export * from \"{name}\";\n");
    let (work, written) = (hands.work.clone(), input.clone());
    let ready = blocking(move || {
        fs::create_dir_all(&work)?;
        fs::write(written, text)
    });
    ready.await.map_err(|error| failed(&error.to_string()))?;
    let fixed = [
        input.display().to_string(),
        "--bundle".to_owned(),
        "--format=esm".to_owned(),
        format!("--outfile={}", output.display()),
        "--log-limit=5".to_owned(),
    ];
    let args = fixed.into_iter().chain(checked(args)?).collect();
    let command = &hands.config.esbuild_command;
    let tool = Tool::new(hands, "esbuild_command", command, args)?;
    let running = tool.start(hands, Output::Kept).await?;
    running.finish().await.map_err(|why| failed(&why))?;
    let most = hands.config.download_bytes.value();
    let read = blocking(move || {
        if fs::metadata(&output)?.len() > most {
            return Err(io::Error::other(
                "the bundle is too large; set `download_bytes` in `[dev]`",
            ));
        }
        fs::read(&output)
    });
    read.await
        .map(Bytes::from)
        .map_err(|error| failed(&error.to_string()))
}

/// Whether the bundler looks the name up among the packages. A path would have it read any file of ours.
fn is_package(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"@._-~".contains(&byte);
    name.split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(good))
}

/// The app's own arguments, up to the first empty one.
fn checked(args: &[String]) -> Result<Vec<String>, DevError> {
    let given = args.iter().take(MOST_ARGUMENTS);
    let given = given.take_while(|arg| !arg.is_empty());
    given
        .map(|arg| {
            let known = ARGUMENTS.iter().any(|known| arg.starts_with(known));
            known.then(|| arg.clone()).ok_or_else(|| {
                DevError(format!(
                    "error parsing esbuild args : `{arg}` is not an argument an app may give"
                ))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_have_their_files() {
        let url = |url: &str| path(&Library::Url(url.to_owned()));
        let package = |name: &str| {
            path(&Library::Package {
                name: name.to_owned(),
                version: "7.8.5".to_owned(),
                args: vec![],
            })
        };
        let check = |path: Result<String, DevError>, expected: &str| {
            assert_eq!(path.unwrap_or_default(), expected);
        };
        check(
            url("https://unpkg.com/htmx.org@2.0.3/dist/htmx.min.js"),
            "static/gen/lib/htmx.min.js",
        );
        check(
            url("https://cdn.example.com/jquery@3.3.1"),
            "static/gen/lib/jquery3.3.1",
        );
        check(url("https://cdn.example.com/.."), "");
        check(url("https://cdn.example.com/"), "");
        check(package("d3"), "static/gen/esm/d3-7.8.5.js");
        check(package("@org/chart"), "static/gen/esm/chart-7.8.5.js");
    }

    #[test]
    fn a_package_is_no_path() {
        for name in ["d3", "@org/chart", "lit/decorators.js", "a~b_c-d"] {
            assert!(is_package(name), "{name}");
        }
        for name in [
            "",
            "/etc/x.json",
            "./x.json",
            "../x.json",
            "d3/../../x.json",
            "..",
            "d3/",
            "d3//x",
            ".ssh/x.json",
            "a\"b",
            "a\nb",
            "https://x",
            "a\\b",
        ] {
            assert!(!is_package(name), "{name}");
        }
    }

    #[test]
    fn an_app_cannot_make_the_bundler_write_or_serve() {
        let check = |arg: &str, expected: bool| {
            assert_eq!(checked(&[arg.to_owned()]).is_ok(), expected, "{arg}");
        };
        check("--minify", true);
        check("--target=es2020", true);
        for arg in [
            "--outfile=/etc/x",
            "--outdir=/etc",
            "--serve",
            "--servedir=/",
            "--inject:/etc/passwd",
            "--alias:a=/etc/passwd",
            "--loader:.x=text",
            "--tsconfig=/x",
            "--sourcemap",
            "--metafile=/x",
            "/etc/passwd",
            "--banner:js=x",
        ] {
            check(arg, false);
        }
        let many: Vec<String> = vec!["--minify".into(), String::new(), "--serve".into()];
        assert_eq!(checked(&many).unwrap(), ["--minify"]);
    }
}
