//! A permit cannot be read from outside.

fn main() {
    let _: Result<policy::Permit<policy::SecretResolve>, _> = serde_json::from_str("{}");
}
