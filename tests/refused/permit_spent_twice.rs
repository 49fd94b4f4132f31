//! A permit is spent once.

use policy::{Permit, SecretResolve};

fn twice(permit: Permit<SecretResolve>) {
    let _first = permit.spend();
    let _second = permit.spend();
}

fn main() {
    let _ = twice;
}
