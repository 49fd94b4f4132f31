//! The rules of `CONTRIBUTING.md` that a machine can check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const CRATES: [&str; 5] = ["audit", "policy", "secrets", "sandbox", "gateway"];

/// Libraries that touch the world, and the only crates that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("cedar-policy", &["policy"]),
    ("starlark", &["sandbox"]),
    ("gotemplate", &["sandbox"]),
    ("reqwest", &["sandbox"]),
    ("seccompiler", &["sandbox"]),
    ("landlock", &["sandbox"]),
    ("axum", &["gateway"]),
    ("hyper", &["sandbox", "gateway"]),
    ("hyper-rustls", &["sandbox"]),
    ("tokio-rustls", &["gateway"]),
    ("argon2", &["gateway"]),
    ("rusqlite", &["audit", "gateway"]),
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
    for name in CRATES.iter().chain(&["tests"]) {
        walk(&root().join(name), &mut found);
    }
    assert!(found.len() > 50, "found the sources");
    found
}

fn manifest(name: &str) -> String {
    std::fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap()
}

/// The names in `[dependencies]` of a crate.
fn dependencies(name: &str) -> Vec<String> {
    let text = manifest(name);
    let section = text.split("[dependencies]\n").nth(1).unwrap_or_default();
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|word| !word.is_empty() && !word.starts_with('#'))
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
fn crates_depend_to_the_left_only() {
    for (index, name) in CRATES.iter().enumerate() {
        for dependency in dependencies(name) {
            if let Some(position) = CRATES.iter().position(|other| *other == dependency) {
                assert!(position < index, "{name} depends on {dependency}");
            }
        }
    }
}

#[test]
fn versions_and_lints_are_stated_once() {
    for name in CRATES.iter().chain(&["tests"]) {
        let text = manifest(name);
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{name} opts in to the lints"
        );
        for line in text
            .split("ependencies]\n")
            .skip(1)
            .flat_map(|section| section.lines().take_while(|line| !line.starts_with('[')))
        {
            assert!(
                line.is_empty() || line.starts_with('#') || line.contains("workspace = true"),
                "{name}: `{line}`"
            );
        }
    }
}

#[test]
fn effectful_libraries_have_one_home() {
    let all: BTreeMap<&str, Vec<String>> = CRATES
        .iter()
        .map(|name| (*name, dependencies(name)))
        .collect();
    for (library, homes) in HOMES {
        for (name, dependencies) in &all {
            let uses = dependencies.iter().any(|dependency| dependency == library);
            assert!(
                !uses || homes.contains(name),
                "{name} uses {library}, whose home is {homes:?}"
            );
        }
        assert!(
            homes
                .iter()
                .any(|home| all[home].iter().any(|dependency| dependency == library)),
            "{library}: no longer used, drop the rule"
        );
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
