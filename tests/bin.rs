//! The product's own entry point under another name, so that cargo builds it before the tests that start it.

fn main() -> std::process::ExitCode {
    gateway::main()
}
