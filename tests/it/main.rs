//! One binary of tests that start the real server and talk to its real sockets.
//! Each test asserts what the caller got **and** what the audit log says about it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and plays the outside world: processes, sockets and files"
)]

mod accessible;
mod accounts;
mod approval;
mod apps;
mod attacks;
mod browser;
mod console;
mod coverage;
mod dev;
mod durability;
mod edge;
mod escaping;
mod examples;
mod front;
mod harness;
mod http;
mod identity;
mod listener;
mod paths;
mod peer;
mod plugins;
mod portal;
mod proxy;
mod reference;
mod refused;
mod reload;
mod runaway;
mod samples;
mod secrets;
mod service;
mod sso;
mod store;
mod streams;
mod tidy;
mod tour;
mod upstream;
mod wildcard;
