//! `sallyport session …`

use std::process::ExitCode;

use policy::AdminAction;

use super::{
    Session,
    command::Sessions as Command,
    terminal::{Failure, say},
};
use crate::wire::{Nothing, Revoke, Revoked, Sessions};

/// Runs the command.
pub fn run(session: &Session, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::List => {
            let list: Sessions = session.ask("asking", AdminAction::SessionList, &Nothing {})?;
            session.output.list(
                &list.sessions,
                &[
                    "session", "user", "method", "hosts", "created", "seen", "expires",
                ],
                |row| {
                    let row = row.clone();
                    vec![
                        row.session,
                        row.user,
                        row.method,
                        row.hosts.join(","),
                        row.created,
                        row.seen,
                        row.expires,
                    ]
                },
            );
        }
        Command::Revoke { session: id, user } => {
            let request = match (user, id) {
                (Some(user), _) => Revoke::User(user),
                (None, Some(id)) => Revoke::Session(id),
                (None, None) => return Err(Failure::new(2, "name a session or a user")),
            };
            let done: Revoked = session.ask("revoking", AdminAction::SessionRevoke, &request)?;
            if done.sessions == 0 {
                return Err(Failure::new(
                    4,
                    "no such session; see `sallyport session list`",
                ));
            }
            say(&format!("ended {} session(s)", done.sessions));
        }
    }
    Ok(ExitCode::SUCCESS)
}
