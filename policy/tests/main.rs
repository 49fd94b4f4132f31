//! The rules of the default policies, from outside the crate.
#![expect(clippy::expect_used, reason = "tests")]

mod coverage;
mod gate;
mod laws;
mod matrix;
mod samples;
#[path = "../src/testing.rs"]
mod testing;

// `testing.rs` is shared with the crate's own tests and finds these at the root there, too.
use policy::{
    Acting, Authentication, GRANTS, GUARDRAILS, Instance, Moment, Net, Person, PolicySource,
};
