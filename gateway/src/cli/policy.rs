//! `sallyport policy …`

use std::{fmt::Write, process::ExitCode};

use policy::AdminAction;
use serde_json::Value;

use super::{Session, app::facts, command::Policy, terminal::Failure};
use crate::wire::{ExplainRecord, Explained, Layer, PolicyList, ReadPolicies};

/// Runs the command.
pub fn run(session: &Session, command: Policy) -> Result<ExitCode, Failure> {
    match command {
        Policy::Show { app } => show(session, app),
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

fn explain(session: &Session, record: String) -> Result<ExitCode, Failure> {
    let request = ExplainRecord { record };
    let told: Explained = session.ask("asking", AdminAction::PolicyExplain, &request)?;
    session.output.one(&told, || {
        let mut out = facts(&[
            ("question", told.question.clone()),
            ("answer", told.decision.clone()),
            ("because of", told.reasons.join(", ")),
            ("nearly permitted by", told.near.join(", ")),
        ]);
        if told.reasons.is_empty() {
            out.push_str("no policy permits it\n");
        }
        for policy in &told.texts {
            let _ = write!(out, "\n{}\n", text(policy));
        }
        now(&mut out, told.now.as_ref());
        out
    });
    Ok(ExitCode::SUCCESS)
}

fn now(out: &mut String, now: Option<&Value>) {
    let Some(now) = now else {
        out.push_str("\nthe recorded question cannot be asked again: its detail is gone\n");
        return;
    };
    let allowed = now
        .get("allowed")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "\nby the policies in force now: {}",
        if allowed { "allow" } else { "deny" }
    );
    let list = |key: &str| now.get(key).and_then(Value::as_array).into_iter().flatten();
    for reason in list("texts")
        .filter_map(Value::as_str)
        .filter(|text| !text.is_empty())
    {
        let _ = writeln!(out, "  {reason}");
    }
    for near in list("near") {
        let lacks = near
            .get("lacks")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let id = near
            .pointer("/policy/id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "  nearly permitted by {id}; lacking: {}",
            lacks.collect::<Vec<_>>().join(" and ")
        );
    }
}

fn text(policy: &Value) -> String {
    let part = |key: &str| policy.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("// {} ({})\n{}", part("id"), part("source"), part("text"))
}
