//! A receipt cannot be copied.

fn keep(receipt: &audit::Receipt) -> audit::Receipt {
    receipt.clone()
}

fn main() {
    let _ = keep;
}
