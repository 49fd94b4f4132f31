//! Accounts of the server itself: users and their second factors, service accounts and their tokens, and how apps
//! ask people to sign in.

mod app_auth;
mod assertion;
mod certificates;
mod headers;
mod lease;
mod otp;
mod red;
mod tokens;
mod users;

use serde_json::Value;

use crate::harness::Server;

/// The reason of a refusal before policy.
#[track_caller]
fn reason(record: &Value) -> &str {
    record["reasons"][0].as_str().unwrap_or_default()
}

/// What was noted of a kind, oldest first.
fn noted(server: &Server, kind: &str) -> Vec<Value> {
    let mut records = server.records();
    records.retain(|record| record["kind"] == kind);
    records
}

/// Gives a user another password.
fn password(server: &Server, name: &str, password: &str) -> crate::harness::Ran {
    let file = server.home().join("password");
    std::fs::write(&file, password).unwrap();
    let file = file.to_str().unwrap();
    server.cli(&["user", "password", name, "--password-file", file])
}
