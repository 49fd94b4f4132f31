//! A receipt cannot be made up.

fn main() {
    let _ = audit::Receipt {};
}
