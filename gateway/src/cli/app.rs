//! `sallyport app …`

use std::{collections::BTreeMap, fmt::Write, process::ExitCode};

use policy::AdminAction;

use super::{
    Session,
    command::{App, Change as Options},
    output::{one_line, table},
    terminal::{Failure, confirm, say},
};
use crate::wire::{
    AppDetail, AppPath, AppSummary, Approval, ApproveApp, Change, CreateApp, Mark, Nothing,
    PermissionLine, ReloadApp,
};

/// Runs the command.
pub fn run(session: &Session, command: App) -> Result<ExitCode, Failure> {
    match command {
        App::Create {
            source,
            path,
            param,
            dev,
            auth,
            change,
        } => {
            let source = std::path::absolute(source)?;
            let action = if dev {
                AdminAction::AppDevelop
            } else {
                AdminAction::AppCreate
            };
            let params = params(&param)?;
            let request = CreateApp {
                path,
                source,
                params,
                auth: auth.unwrap_or_default(),
                approve: change.approve,
                dry_run: change.dry_run,
            };
            let done = session.ask("inspecting the app", action, &request)?;
            Ok(changed(session, &done, change, "created"))
        }
        App::List => list(session),
        App::Show { path } => show(session, path),
        App::Approve {
            path,
            hash,
            dry_run,
        } => {
            let request = ApproveApp {
                path,
                hash,
                dry_run,
            };
            let done = session.ask("approving", AdminAction::AppApprove, &request)?;
            let change = Options {
                approve: true,
                dry_run,
                exit_code: false,
            };
            Ok(changed(session, &done, change, "approved"))
        }
        App::Reload { path, change } => {
            let request = ReloadApp {
                path,
                auth: None,
                approve: change.approve,
                dry_run: change.dry_run,
            };
            let done = session.ask("inspecting the app", AdminAction::AppUpdate, &request)?;
            Ok(changed(session, &done, change, "reloaded"))
        }
        App::Update {
            path,
            auth,
            dry_run,
        } => update(session, path, auth, dry_run),
        App::Delete { path, yes } => {
            confirm(
                &format!("Delete the app at `{path}` with its versions and approvals?"),
                yes,
            )?;
            let request = AppPath { path };
            let Nothing {} = session.ask("deleting", AdminAction::AppDelete, &request)?;
            say(&format!("deleted the app at {}", request.path));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn update(
    session: &Session,
    path: String,
    auth: String,
    dry_run: bool,
) -> Result<ExitCode, Failure> {
    let request = ReloadApp {
        path,
        auth: Some(auth),
        approve: false,
        dry_run,
    };
    let done: Change = session.ask("changing", AdminAction::AppUpdate, &request)?;
    session.output.one(&done, String::new);
    let (path, auth) = (&done.path, request.auth.unwrap_or_default());
    say(&match (done.dry_run, done.changed) {
        (true, true) => {
            format!("dry run: nothing was changed; {path} would have auth `{auth}`")
        }
        (false, true) => format!("changed {path}: auth `{auth}`"),
        (_, false) => format!("unchanged: {path} has auth `{auth}` already"),
    });
    Ok(ExitCode::SUCCESS)
}

fn params(given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    given
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            Some(_) | None => Err(Failure::new(
                2,
                format!("`{text}` is not a parameter; write `--param name=value`"),
            )),
        })
        .collect()
}

fn list(session: &Session) -> Result<ExitCode, Failure> {
    let apps: Vec<AppSummary> = session.ask("asking", AdminAction::AppList, &Nothing {})?;
    session.output.list(
        &apps,
        &[
            "path", "name", "env", "version", "approval", "auth", "sets", "source",
        ],
        |app| {
            vec![
                app.path.clone(),
                app.name.clone(),
                app.env.clone(),
                app.version.to_string(),
                app.approval.name().to_owned(),
                app.auth.clone(),
                app.sets.join(","),
                app.source.clone(),
            ]
        },
    );
    Ok(ExitCode::SUCCESS)
}

fn show(session: &Session, path: String) -> Result<ExitCode, Failure> {
    let app: AppDetail = session.ask("asking", AdminAction::AppRead, &AppPath { path })?;
    session.output.one(&app, || {
        let mut text = facts(&[
            ("path", app.summary.path.clone()),
            ("name", app.summary.name.clone()),
            ("id", app.summary.id.clone()),
            ("env", app.summary.env.clone()),
            ("version", app.summary.version.to_string()),
            ("hash", app.spec_hash.clone()),
            ("approval", approval(&app)),
            ("problem", app.problem.clone().unwrap_or_default()),
            ("source", app.summary.source.clone()),
            ("auth", app.summary.auth.clone()),
            ("sets", app.summary.sets.join(", ")),
            ("open", app.urls.join("  ")),
            ("params", parameters(&app)),
            ("loads", app.loads.join("  ")),
            ("tables", app.tables.join("  ")),
            ("style", app.style.clone().unwrap_or_default()),
            ("libraries", app.libraries.join("  ")),
            ("routes", app.routes.join("  ")),
        ]);
        let _ = write!(text, "\n{}", permissions(&app.permissions));
        text
    });
    warn(&app.warnings);
    Ok(ExitCode::SUCCESS)
}

/// Declared parameters with their values, then those that were set without being declared.
fn parameters(app: &AppDetail) -> String {
    let declared = app.declared.iter().map(|parameter| {
        let value = parameter.value.as_deref().unwrap_or("(hidden)");
        let note = if parameter.default { " (default)" } else { "" };
        format!("{}={value}{note}", parameter.name)
    });
    let unknown = |name: &String| app.declared.iter().all(|known| known.name != *name);
    let others = app.params.iter().filter(|(name, _)| unknown(name));
    let others = others.map(|(name, value)| format!("{name}={value} (not declared)"));
    declared.chain(others).collect::<Vec<_>>().join("  ")
}

fn approval(app: &AppDetail) -> String {
    let word = app.summary.approval.name();
    match (&app.approved_by, app.approval_seq) {
        (Some(by), Some(seq)) => format!("{word}, by {by}, audit record {seq}"),
        _ => word.to_owned(),
    }
}

/// Prints what a change did or would do, and what to do next.
fn changed(session: &Session, change: &Change, options: Options, verb: &str) -> ExitCode {
    session
        .output
        .one(change, || permissions(&change.permissions));
    warn(&change.warnings);
    let new = change
        .permissions
        .iter()
        .filter(|line| line.state == Mark::New)
        .count();
    let path = &change.path;
    if options.dry_run {
        say(&format!(
            "dry run: nothing was changed; {new} new permission(s)"
        ));
    } else {
        let what = if change.changed { verb } else { "unchanged:" };
        say(&format!(
            "{what} {} at {path}, version {}",
            one_line(&change.name),
            change.version
        ));
        for url in &change.urls {
            say(&format!("  {url}"));
        }
        match change.approval {
            Approval::Approved => say("everything it asks for is approved"),
            Approval::Partly => say(&format!(
                "it runs inside what was approved before; {new} new permission(s) wait: sallyport app approve {path}"
            )),
            Approval::Waiting => say(&format!(
                "it waits for approval: sallyport app approve {path}"
            )),
        }
    }
    let waits = change.approval != Approval::Approved || (options.dry_run && new > 0);
    if options.exit_code && waits {
        ExitCode::from(5)
    } else {
        ExitCode::SUCCESS
    }
}

fn permissions(lines: &[PermissionLine]) -> String {
    if lines.is_empty() {
        return "asks for no permissions\n".to_owned();
    }
    let rows = lines.iter().map(|line| {
        let state = match line.state {
            Mark::New => "+ new",
            Mark::Same => "= same",
            Mark::Gone => "- gone",
        };
        vec![
            state.to_owned(),
            line.declared.clone(),
            line.effect.clone(),
            line.level.to_string(),
            line.source.clone().unwrap_or_default(),
            line.risk.clone().unwrap_or_default(),
        ]
    });
    table(
        &["state", "permission", "effect", "level", "source", "risk"],
        rows.collect(),
    )
}

fn warn(warnings: &[String]) {
    warnings
        .iter()
        .for_each(|warning| say(&format!("warning: {}", super::output::printable(warning))));
}

/// Names and values, one per line; empty values are left out.
pub fn facts(facts: &[(&str, String)]) -> String {
    let facts: Vec<_> = facts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let width = facts
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    facts.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:width$}  {}", one_line(value));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::facts;

    /// Case 71: an app named over two lines does not write the second one.
    #[test]
    fn facts_keep_to_their_lines() {
        let name = "Good\napproval  approved\u{1b}[2J".to_owned();
        assert_eq!(
            facts(&[("name", name), ("sets", String::new())]),
            "name  Good\\napproval  approved\\u{1b}[2J\n"
        );
    }
}
