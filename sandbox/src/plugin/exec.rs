//! `exec.in`: programs on the gateway's host. The file that is judged is the file that is run, found
//! without the caller's PATH; there is no shell, no inherited environment and no terminal.

mod output;
mod process;
mod program;

use std::path::PathBuf;
use std::time::Instant;

use audit::Outcome;
use policy::{Action, Bound, PluginCall, Sink, Target};
use serde_json::Value;

use super::argument::{Problem, flag, subjects, texts};
use super::carried::{Revealed, carried};
use super::errand::{Errand, Stop};
use super::message::CallAnswer;
use output::Parse;
use process::Finished;

pub use program::resolve_program;

/// Runs one call.
pub async fn run(errand: &Errand<'_>, bound: &Bound) -> Result<CallAnswer, Stop> {
    if errand
        .acting
        .on_behalf_of
        .as_ref()
        .is_none_or(|person| person.disabled)
    {
        return Err(errand.forbidden(
            "plugin.anonymous",
            "plugin exec.in requires an authenticated user",
        ));
    }
    let job = Job::new(bound).map_err(|problem| errand.malformed(&problem))?;
    job.place_secrets(errand)
        .map_err(|problem| errand.malformed(&problem))?;
    let (name, directory) = (job.name.clone(), job.cwd.clone());
    let found = tokio::task::spawn_blocking(move || {
        (resolve_program(&name), program::directory(&directory))
    })
    .await;
    let (Some(program), Some(cwd)) = found.unwrap_or_default() else {
        let problem = format!(
            "exec: \"{}\": executable file or working directory not found",
            job.name
        );
        return Err(errand.unreachable(&problem));
    };
    let args: Vec<String> = job.args.iter().map(|arg| errand.tokens.show(arg)).collect();
    let asked = format!("{} with {} arguments", job.name, args.len());
    let call = PluginCall {
        target: Target::Exec { program, args },
        account: errand.account.to_owned(),
        subjects: subjects(bound, errand.tokens),
        cargo: Job { cwd, ..job },
    };
    let (call, open) = errand.admit(call, &asked).await?.spend();
    let PluginCall {
        target: Target::Exec { program, .. },
        cargo: job,
        ..
    } = call
    else {
        return Err(Stop::Failed("this is not a call about programs".to_owned()));
    };
    let started = Instant::now();
    let references = carried(errand.tokens, job.texts());
    let sink = Sink::Program(program.clone());
    let revealed = match errand
        .reveal(&references, (Action::ExecRun, &sink), open.id())
        .await
    {
        Ok(revealed) => revealed,
        Err(stop) => {
            open.close(Outcome::of(Some("plugin.secret"), started.elapsed()));
            return Err(stop);
        }
    };
    let job = job.filled(errand, &revealed);
    let finished = process::run(&program, &job, &errand.plugins.bounds).await;
    errand.close(open, summary(&finished, started)).await?;
    let answer = finished.and_then(|finished| answer(&job, finished, &revealed));
    answer
        .map(CallAnswer::Ok)
        .map_err(|error| Stop::Failed(revealed.redact(&error)))
}

/// What is to be run, apart from the program itself.
struct Job {
    name: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    cwd: PathBuf,
    parse: Parse,
    partial: bool,
    merge: bool,
}

impl Job {
    fn new(bound: &Bound) -> Result<Job, Problem> {
        let parse = Parse::new(bound.text("parse"))?;
        if flag(bound, "stream") {
            return Err(match parse {
                Parse::Json => "stream response is not supported for JSON output".to_owned(),
                Parse::Lines | Parse::JsonLines => "stream=True is not available yet".to_owned(),
            });
        }
        if flag(bound, "stdout_file") {
            return Err("stdout_file=True is not available yet".to_owned());
        }
        Ok(Job {
            name: bound.text("path").to_owned(),
            args: texts(bound, "args"),
            env: program::environment(&texts(bound, "env"))?,
            cwd: PathBuf::from(bound.text("cwd")),
            parse,
            partial: flag(bound, "process_partial"),
            merge: flag(bound, "include_stderr"),
        })
    }

    /// Secrets may stand in arguments and in values of variables only.
    fn place_secrets(&self, errand: &Errand<'_>) -> Result<(), Problem> {
        let cwd = self.cwd.to_string_lossy();
        let names = self.env.iter().map(|(name, _)| name.as_str());
        let found = carried(errand.tokens, names.chain([self.name.as_str(), &cwd]));
        if found.is_empty() {
            Ok(())
        } else {
            Err("a secret can be an argument or the value of a variable only".to_owned())
        }
    }

    fn texts(&self) -> Vec<&str> {
        let values = self.env.iter().map(|(_, value)| value.as_str());
        self.args.iter().map(String::as_str).chain(values).collect()
    }

    fn filled(self, errand: &Errand<'_>, revealed: &Revealed) -> Job {
        let fill = |text: String| revealed.fill(errand.tokens, &text);
        Job {
            args: self.args.into_iter().map(fill).collect(),
            env: self
                .env
                .into_iter()
                .map(|(name, value)| (name, fill(value)))
                .collect(),
            ..self
        }
    }
}

fn answer(job: &Job, finished: Finished, revealed: &Revealed) -> Result<Value, String> {
    let text = revealed.redact(&String::from_utf8_lossy(&finished.output));
    let partial = job.partial && !text.is_empty();
    if let Some(failure) = finished.failure().filter(|_| !partial) {
        return Err(failure);
    }
    job.parse.value(&text)
}

fn summary(finished: &Result<Finished, String>, started: Instant) -> Outcome {
    let took = started.elapsed();
    match finished {
        Ok(finished) => Outcome {
            code: finished.code(),
            bytes: finished.output.len() as u64,
            ..Outcome::of(finished.failure().map(|_| "exec.status"), took)
        },
        Err(_) => Outcome::of(Some("exec.run"), took),
    }
}

#[cfg(test)]
mod tests;
