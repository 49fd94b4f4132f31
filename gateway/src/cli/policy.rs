//! `sallyport policy …`

use std::{fmt::Write, process::ExitCode};

use policy::AdminAction;
use serde_json::Value;

use super::{
    Session,
    app::facts,
    command::Policy,
    terminal::{Failure, say},
};
use crate::wire::{
    ExplainRecord, Explained, Layer, PolicyList, ReadPolicies, ReloadPolicies, ReloadedPolicies,
};

/// Runs the command.
pub fn run(session: &Session, command: Policy) -> Result<ExitCode, Failure> {
    match command {
        Policy::Show { app } => show(session, app),
        Policy::Reload { dry_run } => reload(session, dry_run),
        Policy::Explain { record } => explain(session, record),
    }
}

/// Each layer is asked for on its own, because each is its own question to policy.
fn show(session: &Session, app: Option<String>) -> Result<ExitCode, Failure> {
    let layers = match app {
        Some(_) => &[Layer::Apps][..],
        None => &[Layer::Guardrails, Layer::Grants, Layer::Apps][..],
    };
    let mut all: Option<PolicyList> = None;
    for layer in layers {
        let request = ReadPolicies {
            layer: *layer,
            app: app.clone(),
        };
        let list: PolicyList = session.ask("asking", AdminAction::PolicyRead, &request)?;
        match &mut all {
            Some(all) => all.policies.extend(list.policies),
            None => all = Some(list),
        }
    }
    let Some(all) = all else {
        return Ok(ExitCode::SUCCESS);
    };
    session.output.one(&all, || {
        let policies = all
            .policies
            .iter()
            .map(text)
            .collect::<Vec<_>>()
            .join("\n\n");
        format!("// set {}\n\n{policies}\n", all.set)
    });
    Ok(ExitCode::SUCCESS)
}

fn reload(session: &Session, dry_run: bool) -> Result<ExitCode, Failure> {
    let request = ReloadPolicies { dry_run };
    let told: ReloadedPolicies =
        session.ask("reading the policies", AdminAction::PolicyReload, &request)?;
    let lines = |mark: &str, ids: &[String]| -> String {
        ids.iter().map(|id| format!("{mark} {id}\n")).collect()
    };
    session.output.one(&told, || {
        lines("+ added  ", &told.added)
            + &lines("~ changed", &told.changed)
            + &lines("- removed", &told.removed)
    });
    say(match (told.before == told.after, dry_run) {
        (true, _) => "the files are what is in force",
        (false, true) => "dry run: nothing was changed",
        (false, false) => "in force now",
    });
    Ok(ExitCode::SUCCESS)
}

fn explain(session: &Session, record: String) -> Result<ExitCode, Failure> {
    let request = ExplainRecord { record };
    let told: Explained = session.ask("asking", AdminAction::PolicyExplain, &request)?;
    session.output.one(&told, || explained(&told));
    Ok(ExitCode::SUCCESS)
}

fn explained(told: &Explained) -> String {
    let mut out = facts(&[
        ("question", told.question.clone()),
        ("answer", told.decision.clone()),
        ("because of", told.reasons.join(", ")),
    ]);
    if told.reasons.is_empty() {
        out.push_str("no policy permitted it\n");
    }
    if !told.recalled && !told.texts.is_empty() {
        out.push_str("\nthe texts of that time are gone; these are today's\n");
    }
    for policy in &told.texts {
        let _ = write!(out, "\n{}\n", text(policy));
    }
    out.push('\n');
    if told.reasons.iter().any(|reason| reason.starts_with("r.")) {
        out.push_str("it was refused before policy was asked\n");
        return out;
    }
    again(&mut out, "by the policies of that time", told.then.as_ref());
    again(&mut out, "by the policies in force now", told.now.as_ref());
    out
}

fn again(out: &mut String, by: &str, explanation: Option<&Value>) {
    let Some(explanation) = explanation else {
        let _ = writeln!(
            out,
            "{by}: cannot be asked again; texts or detail are gone, or the schema was another"
        );
        return;
    };
    let allowed = explanation.get("allowed").and_then(Value::as_bool) == Some(true);
    let _ = writeln!(out, "{by}: {}", if allowed { "allow" } else { "deny" });
    let list = |key: &str| {
        explanation
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for reason in list("texts")
        .filter_map(Value::as_str)
        .filter(|text| !text.is_empty())
    {
        let _ = writeln!(out, "  {reason}");
    }
    for error in list("errors").filter_map(Value::as_str) {
        let _ = writeln!(out, "  {error}");
    }
    for near in list("near") {
        let lacks = near
            .get("lacks")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let lacks: Vec<_> = lacks.filter_map(Value::as_str).collect();
        let of = |pointer: &str| {
            near.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let _ = writeln!(
            out,
            "  nearly permitted by {} ({}); lacking: {}",
            of("/policy/id"),
            of("/policy/source"),
            lacks.join(" and ")
        );
    }
}

fn text(policy: &Value) -> String {
    let part = |key: &str| policy.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("// {} ({})\n{}", part("id"), part("source"), part("text"))
}
