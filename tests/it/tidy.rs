//! The rules of `CONTRIBUTING.md` that a machine can check.

use std::path::{Path, PathBuf};

/// The folder of each crate and the name others depend on it by; a crate depends on those before it.
const CRATES: [(&str, &str); 10] = [
    ("audit", "audit"),
    ("policy", "policy"),
    ("secrets", "secrets"),
    ("sandbox/value", "value"),
    ("sandbox/template", "gotemplate"),
    ("sandbox/store", "store"),
    ("sandbox", "sandbox"),
    ("gateway/oidc", "oidc"),
    ("gateway/saml", "saml"),
    ("gateway", "gateway"),
];

/// The crate that states its own lints, as starlark's derives need `unsafe_code` to be only denied.
const OWN_LINTS: &str = "sandbox/value";

/// Libraries that touch the world, and the only crates that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("cedar-policy", &["policy"]),
    ("starlark", &["sandbox/value", "sandbox"]),
    ("allocative", &["sandbox/value"]),
    ("value", &["sandbox"]),
    ("gotemplate", &["sandbox"]),
    ("store", &["sandbox"]),
    ("reqwest", &["sandbox", "gateway/oidc"]),
    ("openidconnect", &["gateway/oidc"]),
    ("jsonwebtoken", &["gateway/oidc", "gateway"]),
    ("samael", &["gateway/saml"]),
    ("openssl", &["gateway/saml"]),
    ("bergshamra", &["gateway/saml"]),
    ("x509-parser", &["gateway/saml", "gateway"]),
    ("totp-rs", &["gateway"]),
    ("seccompiler", &["sandbox"]),
    ("landlock", &["sandbox"]),
    ("axum", &["gateway"]),
    ("hyper", &["sandbox", "gateway"]),
    ("hyper-rustls", &["sandbox"]),
    ("tokio-rustls", &["gateway"]),
    ("argon2", &["gateway"]),
    ("notify", &["gateway"]),
    ("rusqlite", &["audit", "sandbox/store", "gateway"]),
    ("tokio-postgres", &["sandbox/store"]),
    ("tokio-postgres-rustls", &["sandbox/store"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["audit", "policy", "secrets", "sandbox", "gateway", "tests"] {
        walk(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "found the sources");
    found
}

fn manifest(folder: &str) -> String {
    std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap()
}

/// The lines below a manifest's heading, without comments and empty ones.
fn section<'a>(manifest: &'a str, heading: &str) -> Vec<&'a str> {
    manifest
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// The names in `[dependencies]` of a crate.
fn dependencies(folder: &str) -> Vec<String> {
    section(&manifest(folder), "[dependencies]")
        .into_iter()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        assert!(
            text.starts_with("//! "),
            "{}: line 1 is not `//!`",
            path.display()
        );
    }
}

#[test]
fn rooms_are_small() {
    let mut lengths = Vec::new();
    for (path, text) in sources() {
        if path.file_name().unwrap() == "tests.rs" || path.parent().unwrap().ends_with("tests") {
            continue;
        }
        let product = text
            .split("#[cfg(test)]\nmod tests")
            .next()
            .unwrap()
            .lines()
            .count();
        assert!(
            product <= 600,
            "{}: {product} lines without tests; split it",
            path.display()
        );
        lengths.push(product);
    }
    lengths.sort_unstable();
    assert!(
        lengths[lengths.len() / 2] <= 150,
        "the median file has {} lines",
        lengths[lengths.len() / 2]
    );
}

#[test]
fn no_file_is_called_mod() {
    for (path, _) in sources() {
        assert_ne!(path.file_name().unwrap(), "mod.rs", "{}", path.display());
    }
}

#[test]
fn exceptions_are_expected_with_a_reason() {
    for (path, text) in sources() {
        if path.ends_with("tests/it/tidy.rs") {
            continue;
        }
        for banned in [
            "#[allow(",
            "#![allow(",
            "todo!(",
            "unimplemented!(",
            "#[ignore",
        ] {
            assert!(!text.contains(banned), "{}: {banned}", path.display());
        }
    }
}

#[test]
fn every_crate_is_known() {
    let workspace = manifest("");
    for folder in CRATES.iter().map(|(folder, _)| *folder).chain(["tests"]) {
        assert!(workspace.contains(&format!("\"{folder}\"")), "{folder}");
    }
    let members = section(&workspace, "[workspace]")
        .into_iter()
        .find(|line| line.starts_with("members"))
        .unwrap();
    assert_eq!(members.split(", ").count(), CRATES.len() + 1, "{members}");
}

#[test]
fn crates_depend_to_the_left_only() {
    for (index, (folder, _)) in CRATES.iter().enumerate() {
        for dependency in dependencies(folder) {
            if let Some(position) = CRATES.iter().position(|(_, name)| *name == dependency) {
                assert!(position < index, "{folder} depends on {dependency}");
            }
        }
    }
}

#[test]
fn versions_and_lints_are_stated_once() {
    for folder in CRATES.iter().map(|(folder, _)| *folder).chain(["tests"]) {
        let text = manifest(folder);
        assert!(
            folder == OWN_LINTS || text.contains("[lints]\nworkspace = true"),
            "{folder} opts in to the lints"
        );
        for heading in ["[dependencies]", "[dev-dependencies]"] {
            for line in section(&text, heading) {
                assert!(line.contains("workspace = true"), "{folder}: `{line}`");
            }
        }
    }
}

#[test]
fn own_lints_differ_in_unsafe_code_alone() {
    let (own, workspace) = (manifest(OWN_LINTS), manifest(""));
    assert_eq!(
        section(&own, "[lints.clippy]"),
        section(&workspace, "[workspace.lints.clippy]")
    );
    assert_eq!(
        section(&own, "[lints.rust]").join("\n"),
        section(&workspace, "[workspace.lints.rust]")
            .join("\n")
            .replace("\"forbid\"", "\"deny\"")
    );
}

#[test]
fn effectful_libraries_have_one_home() {
    for (library, homes) in HOMES {
        let users: Vec<&str> = CRATES
            .iter()
            .map(|(folder, _)| *folder)
            .filter(|folder| dependencies(folder).iter().any(|name| name == library))
            .collect();
        assert_eq!(users, *homes, "who uses {library}, and whose home it is");
    }
}

#[test]
fn there_is_one_way_to_a_permit() {
    let makers: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(path, text)| {
            !path.starts_with(root().join("tests")) && text.contains("Permit::new(")
        })
        .map(|(path, _)| path)
        .collect();
    assert!(
        makers.len() == 1 && makers[0].ends_with("policy/src/gate.rs"),
        "permits are made in {makers:?}"
    );
}

/// samael calls signatures good that it cannot check; only its types and its writing are used.
#[test]
fn nothing_of_samael_verifies() {
    let fenced = [
        "service_provider",
        "ServiceProvider",
        "samael::crypto",
        "samael::idp",
        "CryptoProvider",
        "UrlVerifier",
        "verify_signed_xml",
        "reduce_xml_to_signed",
        "parse_base64_response",
        "parse_xml_response",
        "validate_",
        "use samael::{",
        "use samael::*",
        "samael as",
        "openssl",
    ];
    for (path, text) in sources() {
        if path.starts_with(root().join("gateway/saml")) {
            let named = fenced.iter().find(|name| text.contains(**name));
            assert!(named.is_none(), "{} names {named:?}", path.display());
        }
    }
}

#[test]
fn the_core_is_pure() {
    let touches = [
        "std::fs",
        "std::net::Tcp",
        "std::process",
        "std::env",
        "SystemTime",
        "Instant::now",
        "getrandom",
        "tokio::net",
        "tokio::fs",
    ];
    for (path, text) in sources() {
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let core = path.starts_with(root().join("policy/src"))
            || path.starts_with(root().join("gateway/src/route"));
        if core && path.file_name().unwrap() != "tests.rs" {
            let touched = touches.iter().find(|touch| product.contains(**touch));
            assert!(
                touched.is_none(),
                "{} touches the world: {touched:?}",
                path.display()
            );
        }
    }
}

#[test]
fn no_machine_paths() {
    for (path, text) in sources() {
        for banned in [["/ro", "ot/"].concat(), ["/wo", "rk/"].concat()] {
            assert!(!text.contains(&banned), "{}: {banned}", path.display());
        }
    }
}
