//! Every caller kind × every call under the default policies, as a table to be read. Renew it with
//! `UPDATE_EXPECT=1 cargo test -p sallyport-policy`.

use std::fmt::Write;

use expect_test::expect_file;

use crate::samples::{ask, callers, default_engine, samples};

#[test]
fn the_default_policies_are_as_written_down() {
    let (engine, callers) = (default_engine(), callers());
    let mut table = format!("{:31}", "");
    for (name, _) in &callers {
        let _ = write!(table, " {name:>10}");
    }
    table.push('\n');
    for sample in samples() {
        let _ = write!(table, "{:31}", sample.name);
        for (_, caller) in &callers {
            let explanation = ask(&engine, caller, &sample);
            let cell = match (
                explanation.allowed,
                explanation.errors.is_empty(),
                explanation.determining.is_empty(),
            ) {
                (true, ..) => "allow",
                (false, false, _) => "!",
                (false, true, false) => "forbid",
                (false, true, true) => ".",
            };
            let _ = write!(table, " {cell:>10}");
        }
        table.push('\n');
    }
    table.push_str("\n. no permit   forbid by a guardrail   ! the question does not fit the schema, which denies\n");
    expect_file!["./matrix.txt"].assert_eq(&table);
}
