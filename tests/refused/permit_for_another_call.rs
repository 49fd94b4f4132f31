//! A permit for one kind of call does not fit another.

use policy::{HttpCall, Permit, SessionCall};

fn dispatch(_: Permit<HttpCall<()>>) {}

fn confuse(permit: Permit<SessionCall<()>>) {
    dispatch(permit);
}

fn main() {
    let _ = confuse;
}
