//! There is no permit by default.

fn main() {
    let _: policy::Permit<policy::SecretResolve> = Default::default();
}
