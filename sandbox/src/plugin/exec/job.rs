//! What a call of `exec.in` runs and what becomes of its output, read from its bound arguments.

use std::path::PathBuf;

use policy::Bound;

use super::output::Parse;
use super::process::Ended;
use super::program;
use crate::plugin::argument::{Problem, flag, texts};
use crate::plugin::carried::{Revealed, carried};
use crate::plugin::errand::Errand;

/// What is to be run, apart from the program itself.
pub struct Job {
    /// As the app names the program.
    pub name: String,
    /// Without the name.
    pub args: Vec<String>,
    /// Nothing else is in the environment.
    pub env: Vec<(String, String)>,
    /// Where it runs.
    pub cwd: PathBuf,
    /// How output is read.
    pub parse: Parse,
    /// Where output goes.
    pub form: Form,
    /// Whether output counts although the program fails.
    pub partial: bool,
    /// Whether the error output is part of the output.
    pub merge: bool,
}

/// Where the output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// To app code, as a list.
    Whole,
    /// Into a temporary file, whose path goes to app code.
    File,
    /// To the client.
    Stream,
}

impl Form {
    fn new(bound: &Bound, parse: Parse) -> Result<Form, Problem> {
        match (flag(bound, "stream"), flag(bound, "stdout_file")) {
            (true, true) => Err("stream and stdout_file cannot be used together".to_owned()),
            (true, false) if parse == Parse::Json => {
                Err("stream response is not supported for JSON output".to_owned())
            }
            (true, false) => Ok(Form::Stream),
            (false, true) => Ok(Form::File),
            (false, false) => Ok(Form::Whole),
        }
    }
}

impl Job {
    /// Reads the arguments.
    pub fn new(bound: &Bound) -> Result<Job, Problem> {
        let parse = Parse::new(bound.text("parse"))?;
        Ok(Job {
            name: bound.text("path").to_owned(),
            args: texts(bound, "args"),
            env: program::environment(&texts(bound, "env"))?,
            cwd: PathBuf::from(bound.text("cwd")),
            parse,
            form: Form::new(bound, parse)?,
            partial: flag(bound, "process_partial"),
            merge: flag(bound, "include_stderr"),
        })
    }

    /// Secrets may stand in arguments and in values of variables only.
    pub fn place_secrets(&self, errand: &Errand<'_>) -> Result<(), Problem> {
        let cwd = self.cwd.to_string_lossy();
        let names = self.env.iter().map(|(name, _)| name.as_str());
        let found = carried(errand.tokens, names.chain([self.name.as_str(), &cwd]));
        if found.is_empty() {
            Ok(())
        } else {
            Err("a secret can be an argument or the value of a variable only".to_owned())
        }
    }

    /// An error when the program failed and what it wrote does not count.
    pub fn unless_failed(&self, ended: &Ended, length: u64) -> Result<(), String> {
        let counts = self.partial && length > 0;
        ended.failure().filter(|_| !counts).map_or(Ok(()), Err)
    }

    /// Where secrets may stand.
    pub fn texts(&self) -> Vec<&str> {
        let values = self.env.iter().map(|(_, value)| value.as_str());
        self.args.iter().map(String::as_str).chain(values).collect()
    }

    /// The same with the values of its secrets.
    pub fn filled(self, errand: &Errand<'_>, revealed: &Revealed) -> Job {
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
