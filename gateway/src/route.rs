//! The one canonical form of a request's path and host, shared by policy, route table and app.
//!
//! Bypasses of gateways are mostly two readers seeing two different paths. Here there is one reader:
//! what cannot be brought into one form is refused with 400 before policy, everything later (catalog,
//! Cedar context, route table, app) sees the same [`Path`] and [`Host`].
//!
//! Rules of a path:
//! * letters keep their case: `/ADMIN` is not `/admin`;
//! * duplicate slashes merge, so `//evil/admin` is the path `/evil/admin` and never an authority;
//! * `.` and `..` written in clear are resolved, a trailing slash is remembered but is not part of the form;
//! * an escaped character that may stand in a segment is decoded once (`%41dmin` is `/Admin`), every other
//!   escape stays an escape in upper case (`%23` stays data), so the form and its decoded text are one to one;
//! * escaped slashes, backslashes, control characters, escaped or parameterised dot segments (`%2e%2e`, `..;`),
//!   escapes of escapes (`%252e`), broken escapes and text that is not UTF-8 are refused.

mod host;
mod path;
mod target;

pub use host::{BadHost, Host, canonical_host};
pub use path::{BadPath, Path, canonical_path};
pub use target::return_target;

#[cfg(test)]
mod tests;
