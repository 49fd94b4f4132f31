//! A permit cannot be put together from its parts.

use policy::{Open, Permit};

fn forge(open: Open) -> Permit<()> {
    Permit { call: (), open }
}

fn main() {
    let _ = forge;
}
