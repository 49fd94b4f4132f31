//! An open record cannot be made up.

fn main() {
    let _ = policy::Open {};
}
