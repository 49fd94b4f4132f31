use policy::Permit;

fn main() {
    let _ = Permit { call: (), open: () };
}
