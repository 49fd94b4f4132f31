//! The other side of the wall: the process in which app code runs.

mod fence;

use std::process::ExitCode;

/// Entry of `<binary> worker`: locks the process down, then serves the host on descriptor 0.
pub fn worker_main() -> ExitCode {
    ExitCode::FAILURE
}
