//! What must not compile: each file of `tests/refused/` tries to act without a decision or without a record.
//! `TRYBUILD=overwrite` renews the expected messages.

#[test]
fn bypasses_do_not_compile() {
    trybuild::TestCases::new().compile_fail("refused/*.rs");
}
