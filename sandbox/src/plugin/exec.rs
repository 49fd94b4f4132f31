//! `exec.in`: programs on the gateway's host. The file that is judged is the file that is run, found
//! without the caller's PATH; there is no shell, no inherited environment and no terminal.

mod file;
mod job;
mod output;
mod process;
mod program;
mod stream;

use std::path::Path;
use std::time::Instant;

use audit::Outcome;
use policy::{Action, Bound, Open, PluginCall, Sink, Target};
use serde_json::Value;

use super::argument::subjects;
use super::carried::{Revealed, carried};
use super::errand::{Errand, Stop};
use super::message::CallAnswer;
use job::{Form, Job};
use process::{Ended, Running};
use stream::Lines;

pub use program::resolve_program;

/// Runs one call.
pub async fn run(errand: &Errand<'_>, bound: &Bound) -> Result<CallAnswer, Stop> {
    let job = Job::new(bound).map_err(|problem| errand.malformed(&problem))?;
    job.place_secrets(errand)
        .map_err(|problem| errand.malformed(&problem))?;
    let (permit, asked) = found(errand, bound, job).await?;
    let (call, open) = errand.admit(permit, &asked).await?.spend();
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
    if job.form == Form::Stream {
        return stream(errand, (&program, &job), revealed, (open, started)).await;
    }
    let done = perform(errand, &program, &job, &revealed).await;
    errand.close(open, summary(&done, started)).await?;
    let (value, _, _) = done.map_err(|error| Stop::Failed(revealed.redact(&error)))?;
    value
        .map(CallAnswer::Ok)
        .map_err(|error| Stop::Failed(revealed.redact(&error)))
}

/// The call that is to be judged: with the real places of program and directory.
async fn found(
    errand: &Errand<'_>,
    bound: &Bound,
    job: Job,
) -> Result<(PluginCall<Job>, String), Stop> {
    let (name, directory) = (job.name.clone(), job.cwd.clone());
    let found = tokio::task::spawn_blocking(move || {
        (resolve_program(&name), program::directory(&directory))
    })
    .await;
    let (program, cwd) = found.unwrap_or_default();
    let Some(program) = program else {
        let problem = format!("exec: \"{}\": executable file not found in $PATH", job.name);
        return Err(errand.unreachable(&problem));
    };
    let Some(cwd) = cwd else {
        let problem = format!("chdir {}: no such directory", job.cwd.display());
        return Err(errand.unreachable(&problem));
    };
    let args: Vec<String> = job.args.iter().map(|arg| errand.tokens.show(arg)).collect();
    let asked = format!("{} with {} arguments", job.name, args.len());
    let call = PluginCall {
        target: Target::Exec {
            program,
            args,
            cwd: cwd.clone(),
        },
        account: errand.account.to_owned(),
        subjects: subjects(bound, errand.tokens),
        cargo: Job { cwd, ..job },
    };
    Ok((call, asked))
}

/// Starts a program whose lines go to the client; its record closes with it.
async fn stream(
    errand: &Errand<'_>,
    (program, job): (&Path, &Job),
    revealed: Revealed,
    (mut open, started): (Open, Instant),
) -> Result<CallAnswer, Stop> {
    if open.durable().await.is_err() {
        return Err(errand.unwritable());
    }
    let warden = errand.plugins.premises.warden.as_deref();
    let running = match Running::start(program, job, warden) {
        Ok(running) => running,
        Err(error) => {
            open.close(Outcome::of(Some("exec.run"), started.elapsed()));
            return Err(Stop::Failed(revealed.redact(&error)));
        }
    };
    let lines = Lines::new(running, job, revealed, open, started);
    let stream = errand
        .session
        .stream(Box::new(lines))
        .map_err(Stop::Failed)?;
    Ok(CallAnswer::Stream { stream })
}

/// What the app gets, how the program ended, and the length of its output.
type Done = (Result<Value, String>, Ended, u64);

/// Runs the program to its end.
async fn perform(
    errand: &Errand<'_>,
    program: &Path,
    job: &Job,
    revealed: &Revealed,
) -> Result<Done, String> {
    let bounds = &errand.plugins.bounds;
    let warden = errand.plugins.premises.warden.as_deref();
    let mut running = Running::start(program, job, warden)?;
    let done = async {
        match job.form {
            Form::File => in_file(errand, &mut running, job, revealed).await,
            Form::Whole | Form::Stream => {
                let (output, ended) = whole(&mut running, bounds.output).await?;
                let length = output.len() as u64;
                let text = revealed.redact(&String::from_utf8_lossy(&output));
                let value = job
                    .unless_failed(&ended, length)
                    .and_then(|()| job.parse.value(&text));
                Ok((value, ended, length))
            }
        }
    };
    let late = |_| {
        format!(
            "the program did not end within {} s and was killed",
            bounds.exec.as_secs()
        )
    };
    tokio::time::timeout(bounds.exec, done)
        .await
        .map_err(late)?
}

/// All output, up to a limit, and the end.
async fn whole(running: &mut Running, limit: usize) -> Result<(Vec<u8>, Ended), String> {
    let output = running.whole(limit).await;
    Ok((output, running.end().await?))
}

/// The path of a file with the output, which lives as long as the request.
async fn in_file(
    errand: &Errand<'_>,
    running: &mut Running,
    job: &Job,
    revealed: &Revealed,
) -> Result<Done, String> {
    let folder = errand.plugins.premises.temporary(&errand.acting.instance);
    let (file, length) =
        file::gather(running, folder, revealed, errand.plugins.bounds.file).await?;
    let ended = running.end().await?;
    let path = Value::from(file.display().to_string());
    let value = job
        .unless_failed(&ended, length)
        .and_then(|()| errand.session.file(file))
        .map(|()| path);
    Ok((value, ended, length))
}

fn summary(done: &Result<Done, String>, started: Instant) -> Outcome {
    let took = started.elapsed();
    match done {
        Ok((_, ended, length)) => Outcome {
            code: ended.code(),
            bytes: *length,
            ..Outcome::of(ended.failure().map(|_| "exec.status"), took)
        },
        Err(_) => Outcome::of(Some("exec.run"), took),
    }
}

#[cfg(test)]
mod tests;
