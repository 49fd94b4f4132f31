//! `sallyport server …`

use std::{process::ExitCode, time::Duration};

use policy::AdminAction;

use super::{
    Session,
    app::facts,
    command::Server,
    terminal::{Failure, IntoFailure, say},
};
use crate::{
    boot::{self, BootError},
    home::HomeError,
    wire::{Nothing, Status},
};

/// Longest wait for a stopping server.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the command.
pub fn run(session: &Session, command: Server) -> Result<ExitCode, Failure> {
    match command {
        Server::Start => {
            boot::start(&session.home, |state| {
                for url in state.addresses.load().urls() {
                    say(&format!("listening on {url}"));
                }
                say(&format!(
                    "administered through {}",
                    state.home.socket().display()
                ));
            })?;
        }
        Server::Stop => stop(session)?,
        Server::Status => {
            let status: Status = session.ask("asking", AdminAction::SystemStatus, &Nothing {})?;
            session.output.one(&status, || {
                facts(&[
                    ("version", status.version.clone()),
                    ("pid", status.pid.to_string()),
                    ("home", status.home.clone()),
                    ("listening", status.urls.join("  ")),
                    ("started", status.started.clone()),
                    ("apps", status.apps.to_string()),
                    (
                        "audit",
                        format!("{}, {} records", status.audit, status.records),
                    ),
                    ("policies", status.policies.clone()),
                ])
            });
        }
        Server::Check => {
            boot::check(&session.home)?;
            session.output.line("OK");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the server to stop and waits until it has let go of its home.
fn stop(session: &Session) -> Result<(), Failure> {
    let Nothing {} = session.ask("asking", AdminAction::SystemStop, &Nothing {})?;
    let gone = async {
        while matches!(session.home.lock(), Err(HomeError::Taken(_))) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let gone = session.wait("waiting for the server to stop", async {
        tokio::time::timeout(PATIENCE, gone).await
    })?;
    gone.map_err(|_| Failure::new(1, "the server has not stopped yet; see its messages"))?;
    say("stopped");
    Ok(())
}

impl IntoFailure for BootError {
    fn into_failure(self) -> Failure {
        match self {
            BootError::Config(error) => Failure::pointing(error),
            // Its text points into the file by itself.
            BootError::Policy(error) => Failure::new(1, error.to_string()),
            other => Failure::new(1, crate::admin::chain(&other)),
        }
    }
}
