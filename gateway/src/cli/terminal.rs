//! Talking to the person at the terminal: failures, questions, and that it is still working.

use std::{
    io::{BufRead, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use crate::{
    client::ClientError,
    wire::{Class, Problem},
};

use super::output::printable;

/// Why a command failed, and its exit code.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
    /// A report with the place in a file, instead of the plain message.
    report: Option<Box<miette::Report>>,
}

impl Failure {
    /// A failure with a code.
    pub fn new(code: u8, message: impl Into<String>) -> Failure {
        Failure {
            code,
            message: message.into(),
            report: None,
        }
    }

    /// A failure that points into a file.
    pub fn pointing(report: impl Into<miette::Report>) -> Failure {
        Failure {
            code: 1,
            message: String::new(),
            report: Some(Box::new(report.into())),
        }
    }

    /// Prints the failure and answers the exit code.
    pub fn report(self) -> ExitCode {
        match self.report {
            Some(report) => say(&format!("{report:?}")),
            None => say(&format!("error: {}", printable(&self.message))),
        }
        ExitCode::from(self.code)
    }
}

impl<E: std::error::Error + IntoFailure> From<E> for Failure {
    fn from(error: E) -> Self {
        error.into_failure()
    }
}

/// Errors that end a command.
pub trait IntoFailure {
    /// The failure it is.
    fn into_failure(self) -> Failure;
}

impl IntoFailure for ClientError {
    fn into_failure(self) -> Failure {
        match self {
            ClientError::Problem(problem) => problem.into_failure(),
            ClientError::Forbidden(_) => Failure::new(3, self.to_string()),
            ClientError::Unreachable { .. } => Failure::new(6, self.to_string()),
            ClientError::Broken(_) | ClientError::Answer(_) => {
                Failure::new(1, crate::admin::chain(&self))
            }
        }
    }
}

impl IntoFailure for Problem {
    fn into_failure(self) -> Failure {
        let code = match self.class {
            Class::Denied => 3,
            Class::NotFound => 4,
            Class::Invalid => 2,
            Class::Conflict | Class::App | Class::Failed | Class::Unavailable => 1,
        };
        Failure::new(code, self.detail)
    }
}

impl IntoFailure for crate::home::HomeError {
    fn into_failure(self) -> Failure {
        Failure::new(1, crate::admin::chain(&self))
    }
}

impl IntoFailure for std::io::Error {
    fn into_failure(self) -> Failure {
        Failure::new(1, self.to_string())
    }
}

/// Prints a message for people.
pub fn say(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

/// Asks whether to go on; without a terminal somebody must have said `--yes`.
pub fn confirm(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(
            2,
            format!("{question} Say --yes to do it without being asked."),
        ));
    }
    let _ = write!(std::io::stderr().lock(), "{} [y/N] ", printable(question));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::new(1, "nothing was changed"))
    }
}

/// Waits for `work`; after a second says what it is waiting for.
pub async fn patiently<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    match tokio::time::timeout(Duration::from_secs(1), work.as_mut()).await {
        Ok(value) => value,
        Err(_) => {
            say(&format!("{what} …"));
            work.await
        }
    }
}
