//! Apps through the whole sandbox: a real worker process, a real gate and log, policies generated
//! from what the app declares. One binary; each module is a subject.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests start the worker themselves"
)]

mod answers;
mod declared;
mod documents;
mod fences;
mod fixture;
mod handlers;
mod language;
mod loading;
mod runaway;
mod samples;
#[expect(clippy::unwrap_used, reason = "tests")]
#[path = "../../src/testing.rs"]
mod testing;
