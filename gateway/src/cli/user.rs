//! `sallyport user …`

use std::process::ExitCode;

use policy::AdminAction;
use secrecy::ExposeSecret;

use super::{
    Session,
    command::User,
    password::{self, Chosen},
    terminal::{Failure, confirm, say},
};
use crate::wire::{
    AddUser, Added, Nothing, UpdateUser, UserName, UserSummary, UserUpdate, UserUpdated, Users,
};

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
            add(session, name, groups, &chosen)?;
        }
        User::List => list(session)?,
        User::Password {
            name,
            password_file,
            random,
            dry_run,
        } => {
            let chosen = password::choose(password_file.as_deref(), random)?;
            let change = UserUpdate::Password(chosen.password());
            let done = update(session, name, change, dry_run)?;
            say_made(&chosen, &done.user.name, dry_run);
        }
        User::Delete { name, yes } => delete(session, name, yes)?,
        User::Disable { name, dry_run } => {
            update(session, name, UserUpdate::Disable, dry_run)?;
        }
        User::Enable { name, dry_run } => {
            update(session, name, UserUpdate::Enable, dry_run)?;
        }
        User::Unlock { name, dry_run } => {
            update(session, name, UserUpdate::Unlock, dry_run)?;
        }
        User::Groups {
            name,
            mut groups,
            dry_run,
        } => {
            groups.retain(|group| !group.is_empty());
            update(session, name, UserUpdate::Groups(groups), dry_run)?;
        }
        User::Otp {
            name,
            remove,
            yes,
            dry_run,
        } => {
            let change = match remove {
                true => {
                    let question = format!("Take the second factor of `{name}` away?");
                    confirm(&question, yes || dry_run)?;
                    UserUpdate::NoOtp
                }
                false => UserUpdate::Otp,
            };
            update(session, name, change, dry_run)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn add(
    session: &Session,
    name: String,
    mut groups: Vec<String>,
    chosen: &Chosen,
) -> Result<(), Failure> {
    groups.retain(|group| !group.is_empty());
    let request = AddUser {
        name,
        password: chosen.password(),
        groups,
    };
    let added: Added = session.ask("adding the user", AdminAction::UserAdd, &request)?;
    session.output.one(&added, || {
        format!("{} {} {}\n", added.name, added.id, added.groups.join(","))
    });
    say_made(chosen, &added.name, false);
    Ok(())
}

fn list(session: &Session) -> Result<(), Failure> {
    let users: Users = session.ask("asking", AdminAction::UserList, &Nothing {})?;
    let columns = ["name", "groups", "state", "created", "id"];
    session.output.list(&users.users, &columns, |user| {
        vec![
            user.name.clone(),
            user.groups.join(","),
            state(user),
            user.created.clone(),
            user.id.clone(),
        ]
    });
    Ok(())
}

/// What is unlike other users.
fn state(user: &UserSummary) -> String {
    let locked = user
        .locked
        .as_ref()
        .map(|until| format!("locked until {until}"));
    let words = [
        user.disabled.then(|| "disabled".to_owned()),
        user.otp.then(|| "second factor".to_owned()),
        locked,
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn delete(session: &Session, name: String, yes: bool) -> Result<(), Failure> {
    let question = format!("Delete user `{name}` and end the user's sessions?");
    confirm(&question, yes)?;
    let request = UserName { name };
    let Nothing {} = session.ask("deleting", AdminAction::UserDelete, &request)?;
    say(&format!("deleted user {}", request.name));
    Ok(())
}

fn update(
    session: &Session,
    name: String,
    change: UserUpdate,
    dry_run: bool,
) -> Result<UserUpdated, Failure> {
    let request = UpdateUser {
        name,
        change,
        dry_run,
    };
    let done: UserUpdated = session.ask("changing the user", AdminAction::UserUpdate, &request)?;
    session.output.one(&done, || text(&done));
    let name = &done.user.name;
    say(&match (done.dry_run, done.changed) {
        (true, true) => format!("dry run: nothing was changed; user {name} would change"),
        (false, true) => format!(
            "changed user {name}; {} sign-in(s) of the user ended",
            done.sign_ins
        ),
        (_, false) => format!("unchanged: user {name} is so already"),
    });
    Ok(done)
}

/// What goes to standard output: a secret that is told only once, and nothing else.
fn text(done: &UserUpdated) -> String {
    done.otp.as_ref().map_or_else(String::new, |otp| {
        let (uri, secret) = (otp.uri.0.expose_secret(), otp.secret.0.expose_secret());
        format!("{uri}\n{secret}\n")
    })
}

fn say_made(chosen: &Chosen, name: &str, dry_run: bool) {
    if let Some(made) = chosen.made().filter(|_| !dry_run) {
        say(&format!("password of {name}: {made}   (shown only now)"));
    }
}
