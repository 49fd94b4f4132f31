//! Nothing to call: this crate exists for `it/`, the tests that enter by the front door.
