//! `docs/schema.md` is made from the plugin table and the Cedar schema (`UPDATE_EXPECT=1` renews it), and `docs/sign-in.md`
//! explains every code there is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect_file;

#[test]
fn schema_reference_is_fresh() {
    let mut text = String::from(
        "# Plugins and policy schema\n\nMade from the code by `tests/it/reference.rs`; do not edit.\n\n## Plugin functions\n\n\
         A permission's argument patterns are matched with these parameters, in this order.\n\n\
         | function | effect | parameters |\n|---|---|---|\n",
    );
    for function in policy::functions() {
        let parameters: Vec<String> = function
            .parameters
            .iter()
            .map(|parameter| match parameter.default {
                Some(default) => format!("`{}={default}`", parameter.name),
                None => format!("`{}`", parameter.name),
            })
            .collect();
        let effect = format!("{:?}", function.action.effect()).to_lowercase();
        let _ = writeln!(
            text,
            "| `{}` `{}` | {effect} | {} |",
            function.plugin,
            function.name,
            parameters.join(", ")
        );
    }
    for (title, body) in [
        ("Schema", policy::SCHEMA),
        ("Default guardrails", policy::GUARDRAILS),
        ("Default grants", policy::GRANTS),
    ] {
        let _ = write!(text, "\n## {title}\n\n```cedar\n{}\n```\n", body.trim_end());
    }
    expect_file!["../../docs/schema.md"].assert_eq(&text);
}

/// Every code with which a sign-in is refused has a line in `docs/sign-in.md`, and no line is about a code of the past.
#[test]
fn codes_of_sign_in_are_explained() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut sources = vec![
        root.join("gateway/oidc/src/error.rs"),
        root.join("gateway/saml/src/error.rs"),
        root.join("gateway/src/front.rs"),
    ];
    for folder in ["front", "authn", "authn/certificate"] {
        let files = std::fs::read_dir(root.join("gateway/src").join(folder)).unwrap();
        let files = files.map(|file| file.unwrap().path());
        sources.extend(files.filter(|path| path.extension().is_some_and(|it| it == "rs")));
    }
    let used: BTreeSet<String> = sources
        .iter()
        .flat_map(|path| codes(&read(path), '"'))
        .collect();
    let explained = codes(&read(&root.join("docs/sign-in.md")), '`');
    assert!(used.len() > 60, "the sources are elsewhere: {used:?}");
    let without = used.difference(&explained).collect::<Vec<_>>();
    assert!(
        without.is_empty(),
        "explain in docs/sign-in.md: {without:?}"
    );
    let gone = explained.difference(&used).collect::<Vec<_>>();
    assert!(gone.is_empty(), "remove from docs/sign-in.md: {gone:?}");
}

/// What stands between `quotes` and is a code of a sign-in.
fn codes(text: &str, quotes: char) -> BTreeSet<String> {
    let is_code = |word: &&str| {
        let kind = word.split_once('-').map(|(kind, _)| kind);
        let known = ["login", "oidc", "saml", "token", "certificate"];
        kind.is_some_and(|kind| known.contains(&kind))
            && !word.ends_with('-')
            && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    };
    let words = text.split(quotes).filter(is_code);
    words.map(str::to_owned).collect()
}
