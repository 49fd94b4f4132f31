//! `sallyport service …`

use std::process::ExitCode;

use policy::AdminAction;

use super::{
    Session,
    command::Service,
    terminal::{Failure, confirm, say},
};
use crate::wire::{
    AddService, DeleteService, Nothing, ServiceChanged, ServiceSummary, UpdateService,
};

/// Runs the command.
pub fn run(session: &Session, command: Service) -> Result<ExitCode, Failure> {
    match command {
        Service::Add { name, groups } => add(session, name, groups)?,
        Service::List => list(session)?,
        Service::Disable { name, dry_run } => switch(session, (name, true), dry_run)?,
        Service::Enable { name, dry_run } => switch(session, (name, false), dry_run)?,
        Service::Delete { name, yes, dry_run } => {
            let question = format!("Delete service `{name}` with its tokens?");
            confirm(&question, yes || dry_run)?;
            let request = DeleteService { name, dry_run };
            let done = session.ask("deleting", AdminAction::ServiceDelete, &request)?;
            changed(session, &done, "deleted");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn add(session: &Session, name: String, mut groups: Vec<String>) -> Result<(), Failure> {
    groups.retain(|group| !group.is_empty());
    let request = AddService { name, groups };
    let added: ServiceSummary = session.ask("adding", AdminAction::ServiceAdd, &request)?;
    session.output.one(&added, || {
        format!("{} {} {}\n", added.name, added.id, added.groups.join(","))
    });
    say(&format!(
        "it has no token yet: sallyport token create {}",
        added.name
    ));
    Ok(())
}

fn list(session: &Session) -> Result<(), Failure> {
    let services: Vec<ServiceSummary> =
        session.ask("asking", AdminAction::ServiceList, &Nothing {})?;
    let columns = ["name", "groups", "state", "created", "id"];
    session.output.list(&services, &columns, |service| {
        let state = if service.disabled { "disabled" } else { "" };
        vec![
            service.name.clone(),
            service.groups.join(","),
            state.to_owned(),
            service.created.clone(),
            service.id.clone(),
        ]
    });
    Ok(())
}

fn switch(
    session: &Session,
    (name, disabled): (String, bool),
    dry_run: bool,
) -> Result<(), Failure> {
    let request = UpdateService {
        name,
        disabled,
        dry_run,
    };
    let done = session.ask("changing", AdminAction::ServiceUpdate, &request)?;
    let verb = if disabled { "disabled" } else { "enabled" };
    changed(session, &done, verb);
    Ok(())
}

fn changed(session: &Session, done: &ServiceChanged, verb: &str) {
    session.output.one(done, String::new);
    let name = &done.name;
    say(&match (done.dry_run, done.changed) {
        (true, true) => format!(
            "dry run: nothing was changed; service {name} with {} token(s) would be {verb}",
            done.tokens
        ),
        (false, true) => format!("{verb} service {name} with {} token(s)", done.tokens),
        (_, false) => format!("service {name} is {verb} already"),
    });
}
