//! A record is closed once.

fn twice(open: policy::Open, outcome: audit::Outcome) {
    open.close(outcome.clone());
    open.close(outcome);
}

fn main() {
    let _ = twice;
}
