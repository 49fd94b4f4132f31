//! `docs/schema.md` is made from the plugin table and the Cedar schema. `UPDATE_EXPECT=1` renews it.

use std::fmt::Write as _;

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
