//! What was judged cannot be changed afterwards.

use policy::{HttpCall, Permit};

fn redirect(permit: &mut Permit<HttpCall<()>>) {
    permit.call().path = String::from("/admin");
}

fn main() {
    let _ = redirect;
}
