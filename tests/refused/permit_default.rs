fn main() {
    let _: policy::Permit<policy::SecretResolve> = Default::default();
}
