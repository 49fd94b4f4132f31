//! `sallyport user …`

use std::process::ExitCode;

use policy::AdminAction;

use super::{
    Session,
    command::User,
    password,
    terminal::{Failure, confirm, say},
};
use crate::wire::{AddUser, Added, Nothing, UserName, Users};

/// Runs the command.
pub fn run(session: &Session, command: User) -> Result<ExitCode, Failure> {
    match command {
        User::Add {
            name,
            groups,
            password_file,
            random,
        } => {
            let chosen = password::choose(password_file.as_deref(), random)?;
            let groups = groups
                .into_iter()
                .filter(|group| !group.is_empty())
                .collect();
            let request = AddUser {
                name,
                password: chosen.password(),
                groups,
            };
            let added: Added = session.ask("adding the user", AdminAction::UserAdd, &request)?;
            session.output.one(&added, || {
                format!("{} {} {}\n", added.name, added.id, added.groups.join(","))
            });
            if let Some(made) = chosen.made() {
                say(&format!(
                    "password of {}: {made}   (shown only now)",
                    added.name
                ));
            }
        }
        User::List => {
            let users: Users = session.ask("asking", AdminAction::UserList, &Nothing {})?;
            session
                .output
                .list(&users.users, &["name", "groups", "created", "id"], |user| {
                    vec![
                        user.name.clone(),
                        user.groups.join(","),
                        user.created.clone(),
                        user.id.clone(),
                    ]
                });
        }
        User::Delete { name, yes } => {
            confirm(
                &format!("Delete user `{name}` and end the user's sessions?"),
                yes,
            )?;
            let request = UserName { name };
            let Nothing {} = session.ask("deleting", AdminAction::UserDelete, &request)?;
            say(&format!("deleted user {}", request.name));
        }
    }
    Ok(ExitCode::SUCCESS)
}
