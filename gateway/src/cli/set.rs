//! `sallyport set …`

use std::process::ExitCode;

use policy::AdminAction;

use super::{
    Session,
    command::Set,
    terminal::{Failure, say},
};
use crate::wire::{Nothing, SetApp, SetChanged, SetSummary};

/// Runs the command.
pub fn run(session: &Session, command: Set) -> Result<ExitCode, Failure> {
    match command {
        Set::Add { set, path } => change(
            session,
            AdminAction::SetAdd,
            SetApp { set, path },
            "is in set",
        ),
        Set::Remove { set, path } => change(
            session,
            AdminAction::SetRemove,
            SetApp { set, path },
            "is not in set",
        ),
        Set::List => {
            let sets: Vec<SetSummary> = session.ask("asking", AdminAction::SetList, &Nothing {})?;
            session.output.list(&sets, &["set", "apps"], |set| {
                vec![set.set.clone(), set.apps.join(" ")]
            });
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn change(
    session: &Session,
    action: AdminAction,
    request: SetApp,
    now: &str,
) -> Result<ExitCode, Failure> {
    let done: SetChanged = session.ask("changing the set", action, &request)?;
    let already = if done.changed { "" } else { " already" };
    say(&format!("{} {now} {}{already}", done.path, done.set));
    Ok(ExitCode::SUCCESS)
}
