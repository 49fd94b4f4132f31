//! `sallyport session …`

use std::process::ExitCode;

use policy::AdminAction;

use super::{
    Session,
    command::Sessions as Command,
    terminal::{Failure, say},
};
use crate::wire::{Nothing, Revoke, RevokeSessions, Revoked, Sessions};

/// Runs the command.
pub fn run(session: &Session, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::List => list(session)?,
        Command::Revoke {
            session: id,
            user,
            all,
            dry_run,
        } => {
            let which = match (user, id) {
                _ if all => Revoke::All,
                (Some(user), _) => Revoke::User(user),
                (None, Some(id)) => Revoke::Session(id),
                (None, None) => return Err(Failure::new(2, "name a session or a user")),
            };
            revoke(session, &RevokeSessions { which, dry_run })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(session: &Session) -> Result<(), Failure> {
    let list: Sessions = session.ask("asking", AdminAction::SessionList, &Nothing {})?;
    let columns = [
        "session", "user", "method", "hosts", "created", "seen", "expires",
    ];
    session.output.list(&list.sessions, &columns, |row| {
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
    });
    Ok(())
}

fn revoke(session: &Session, request: &RevokeSessions) -> Result<(), Failure> {
    let done: Revoked = session.ask("revoking", AdminAction::SessionRevoke, request)?;
    if done.dry_run {
        say(&format!(
            "dry run: nothing was changed; {} sign-in(s) would end",
            done.sessions
        ));
        return Ok(());
    }
    if done.sessions == 0 && !matches!(request.which, Revoke::All) {
        return Err(Failure::new(
            4,
            "no such session; see `sallyport session list`",
        ));
    }
    say(&format!("ended {} session(s)", done.sessions));
    Ok(())
}
