//! The `sallyport` binary: server, worker and command line in one file; all of it lives in the library.

fn main() -> std::process::ExitCode {
    gateway::main()
}
