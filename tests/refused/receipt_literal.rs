fn main() {
    let _ = audit::Receipt {};
}
