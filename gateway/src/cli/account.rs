//! `sallyport account …`

use std::process::ExitCode;

use policy::AdminAction;

use super::{
    Session,
    command::Account,
    terminal::{Failure, say},
};
use crate::wire::{AccountChanged, AccountList, AppPath, LinkAccount, UnlinkAccount};

/// Runs the command.
pub fn run(session: &Session, command: Account) -> Result<ExitCode, Failure> {
    match command {
        Account::Link {
            plugin,
            account,
            path,
            dry_run,
        } if account != "-" => {
            let request = LinkAccount {
                path,
                plugin,
                account,
                dry_run,
            };
            let done = session.ask("linking", AdminAction::AccountLink, &request)?;
            Ok(changed(session, &done))
        }
        Account::Link {
            plugin,
            path,
            dry_run,
            account: _,
        }
        | Account::Unlink {
            plugin,
            path,
            dry_run,
        } => {
            let request = UnlinkAccount {
                path,
                plugin,
                dry_run,
            };
            let done = session.ask("unlinking", AdminAction::AccountUnlink, &request)?;
            Ok(changed(session, &done))
        }
        Account::List { path } => {
            let list: AccountList =
                session.ask("asking", AdminAction::AccountList, &AppPath { path })?;
            let columns = ["plugin", "account"];
            session.output.list(&list.accounts, &columns, |link| {
                vec![link.plugin.clone(), link.account.clone()]
            });
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn changed(session: &Session, done: &AccountChanged) -> ExitCode {
    session.output.one(done, String::new);
    let now = match &done.account {
        Some(account) => format!(
            "{} of {} uses the account {account}",
            done.plugin, done.path
        ),
        None => format!("{} of {} uses no account", done.plugin, done.path),
    };
    let already = if done.changed { "" } else { " already" };
    let dry = if done.dry_run {
        "dry run, nothing was changed: "
    } else {
        ""
    };
    say(&format!("{dry}{now}{already}"));
    ExitCode::SUCCESS
}
