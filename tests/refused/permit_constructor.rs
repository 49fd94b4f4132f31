//! Only the gate makes permits, even for who holds a receipt.

use policy::{Permit, SessionCall, SessionKind};

fn forge(receipt: audit::Receipt) -> Permit<SessionCall<()>> {
    Permit::new(SessionCall { kind: SessionKind::Open, request: () }, receipt)
}

fn main() {
    let _ = forge;
}
