//! One permit, one effect: it cannot be copied.

use policy::{Permit, SessionCall};

fn twice(permit: Permit<SessionCall<()>>) -> (Permit<SessionCall<()>>, Permit<SessionCall<()>>) {
    (permit.clone(), permit)
}

fn main() {
    let _ = twice;
}
