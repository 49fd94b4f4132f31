//! `fs.in`: what is in directories. The real path is judged and then opened so that no link is
//! followed, neither on the way to it nor below it; a link put there in between leads to an error.

mod entry;
mod glob;
mod place;
mod serve;
mod walk;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use audit::Outcome;
use policy::{Bound, FsOp, PluginCall, Target};
use serde_json::Value;

use super::argument::{Problem, flag, number, subjects};
use super::carried::carried;
use super::errand::{Errand, Stop};
use super::message::CallAnswer;
use entry::Entry;
use glob::Glob;
use serve::{Offer, Wish};
use walk::{Trouble, Walk};

pub use place::real_path;

/// Files answered by `find` when the app names no limit, and at most.
const LIMITS: (i64, i64) = (10_000, 100_000);

/// Runs one call.
pub async fn run(errand: &Errand<'_>, bound: &Bound) -> Result<CallAnswer, Stop> {
    let job = Job::new(bound).map_err(|problem| errand.malformed(&problem))?;
    if !carried(
        errand.tokens,
        bound.values.values().filter_map(Value::as_str),
    )
    .is_empty()
    {
        return Err(errand.malformed("a secret cannot be part of a path"));
    }
    let given = job.path.clone();
    let path = located(errand, &job).await?;
    let call = PluginCall {
        target: Target::Fs { op: job.op(), path },
        account: errand.account.to_owned(),
        subjects: subjects(bound, errand.tokens),
        cargo: job,
    };
    let (mut call, open) = errand.admit(call, &given).await?.spend();
    let started = Instant::now();
    let cancel = Cancel::default();
    let walk = Walk::new(&errand.plugins.bounds, Arc::clone(&cancel.0));
    if let (Target::Fs { path, .. }, Kind::Serve(wish)) = (&call.target, &call.cargo.kind) {
        call.cargo.kind = Kind::Offer(Box::new(wish.offer(errand, path)));
    }
    let done = blocking(move || perform(call, walk)).await;
    let failed = !matches!(done, Ok(Ok(_)));
    errand
        .close(
            open,
            Outcome::of(failed.then_some("fs.read"), started.elapsed()),
        )
        .await?;
    match done? {
        Ok(value) => Ok(CallAnswer::Ok(value)),
        Err(trouble) => Err(Stop::Failed(trouble.to_string())),
    }
}

/// The real path, which the app may serve if that is what it asks for.
async fn located(errand: &Errand<'_>, job: &Job) -> Result<PathBuf, Stop> {
    let given = job.path.clone();
    let premises = errand.plugins.premises.clone();
    let (path, shared) = blocking(move || {
        let path = real_path(&given);
        let shared = serve::is_shared(&premises.file_access, &premises.data, &path);
        (path, shared)
    })
    .await?;
    let given = &job.path;
    if matches!(job.kind, Kind::Serve(_)) && !shared && !errand.session.has_file(&path) {
        return Err(errand.off_limits(&format!("file access denied for {given}")));
    }
    if path.to_str().is_none() {
        return Err(errand.malformed(&format!("the real path of `{given}` is not valid UTF-8")));
    }
    Ok(path)
}

/// What is asked for, apart from where.
struct Job {
    path: String,
    kind: Kind,
}

enum Kind {
    Abs,
    List {
        recursive: bool,
        ignore: bool,
    },
    Find {
        glob: Glob,
        limit: usize,
        smallest: u64,
        ignore: bool,
    },
    Serve(Wish),
    Offer(Box<Offer>),
}

impl Job {
    fn new(bound: &Bound) -> Result<Job, Problem> {
        let path = bound.text("path").to_owned();
        if path.is_empty() || path.contains('\0') {
            return Err(format!("{}: `path` names no file", bound.function.name));
        }
        let kind = match bound.function.name {
            "abs" => Kind::Abs,
            "list" => Kind::List {
                recursive: flag(bound, "recursive_size"),
                ignore: flag(bound, "ignore_errors"),
            },
            "find" => find(bound)?,
            "serve_tmp_file" => Kind::Serve(Wish::new(bound)?),
            other => return Err(format!("fs.in.{other} is not available yet")),
        };
        Ok(Job { path, kind })
    }

    fn op(&self) -> FsOp {
        match self.kind {
            Kind::Abs => FsOp::Abs,
            Kind::List { .. } => FsOp::List,
            Kind::Find { .. } => FsOp::Find,
            Kind::Serve(_) | Kind::Offer(_) => FsOp::Read,
        }
    }
}

fn find(bound: &Bound) -> Result<Kind, Problem> {
    let (usual, most) = LIMITS;
    let limit = match number(bound, "limit") {
        limit if limit > most => {
            return Err(format!("file limit {limit} exceeds max limit {most}"));
        }
        limit if limit <= 0 => usual,
        limit => limit,
    };
    Ok(Kind::Find {
        glob: Glob::new(bound.text("name"))?,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        smallest: u64::try_from(number(bound, "min_size")).unwrap_or(0),
        ignore: flag(bound, "ignore_errors"),
    })
}

/// Does what was judged, on the path that was judged.
fn perform(call: PluginCall<Job>, mut walk: Walk) -> Result<Value, Trouble> {
    let PluginCall {
        target: Target::Fs { path, .. },
        cargo: Job { path: given, kind },
        ..
    } = call
    else {
        return Err(Trouble::Limit("this is not a call about files".to_owned()));
    };
    let entries = match kind {
        Kind::Abs => return Ok(Value::String(place::absolute(&given).display().to_string())),
        Kind::Offer(offer) => return offer.register(),
        Kind::Serve(_) => return Err(Trouble::Limit("nothing was offered".to_owned())),
        Kind::List { recursive, ignore } => {
            walk.ignore = ignore;
            walk.list(&walk::open(&path, &given)?, &given, recursive)?
        }
        Kind::Find {
            glob,
            limit,
            smallest,
            ignore,
        } => {
            walk.ignore = ignore;
            let wanted = |name: &str, size: u64| size >= smallest && glob.matches(name);
            walk.find(&walk::open(&path, &given)?, &given, limit, &wanted)?
        }
    };
    Ok(entries.into_iter().map(Entry::into_value).collect())
}

/// Stops the walk when the call is given up.
#[derive(Default)]
struct Cancel(Arc<AtomicBool>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stop> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Stop::Failed("the call was interrupted".to_owned()))
}

#[cfg(test)]
mod tests;
