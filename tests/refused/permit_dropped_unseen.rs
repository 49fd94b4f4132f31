//! A permit that is dropped unseen is noticed.

#![deny(unused_must_use)]

fn forget(permit: policy::Permit<policy::SecretResolve>) {
    fn pass(permit: policy::Permit<policy::SecretResolve>) -> policy::Permit<policy::SecretResolve> {
        permit
    }
    pass(permit);
}

fn main() {
    let _ = forget;
}
