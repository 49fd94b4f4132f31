fn main() {
    let _ = policy::Open {};
}
