//! A worker and nothing else: what the sandbox's own tests start as `<binary> worker`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sandbox::worker_main()
}
