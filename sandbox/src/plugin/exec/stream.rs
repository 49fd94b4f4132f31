//! The output of a program as a stream: each line, or the object in it, is an item as soon as it is
//! written. The program waits while nobody takes its lines, and dies when the stream is dropped.

use std::time::Instant;

use audit::Outcome;
use policy::Open;
use serde_json::Value;

use super::Job;
use super::output::{LINE, Parse};
use super::process::{Ended, Running};
use crate::plugin::carried::Revealed;
use crate::plugin::session::{Items, Later};

/// Lines of a running program; closes the record of its call.
pub struct Lines {
    running: Running,
    revealed: Revealed,
    parse: Parse,
    partial: bool,
    line: Vec<u8>,
    record: Record,
}

impl Lines {
    /// The output of `running`, begun at `started` under the record `open`.
    pub fn new(
        running: Running,
        job: &Job,
        revealed: Revealed,
        open: Open,
        started: Instant,
    ) -> Self {
        Self {
            running,
            revealed,
            parse: job.parse,
            partial: job.partial,
            line: Vec::new(),
            record: Record {
                open: Some(open),
                started,
                bytes: 0,
            },
        }
    }

    async fn item(&mut self) -> Option<Result<Value, String>> {
        loop {
            self.record.open.as_ref()?;
            if !self.running.line(&mut self.line, LINE).await {
                return self.last().await.map(Err);
            }
            let line = std::mem::take(&mut self.line);
            self.record.bytes += line.len() as u64;
            let text = self.revealed.redact_line(&line);
            match self.parse.item(&String::from_utf8_lossy(&text)) {
                Ok(None) => {}
                Ok(Some(item)) => return Some(Ok(item)),
                Err(problem) => {
                    self.record.close(None, Some("exec.output"));
                    return Some(Err(problem));
                }
            }
        }
    }

    /// After the output: why the program failed, if it did and that counts.
    async fn last(&mut self) -> Option<String> {
        let ended = self.running.end().await;
        let failure = match &ended {
            Ok(ended) => ended.failure(),
            Err(problem) => Some(problem.clone()),
        };
        let class = failure.as_ref().map(|_| "exec.status");
        self.record
            .close(ended.as_ref().ok().and_then(Ended::code), class);
        let counts = !self.partial || self.record.bytes == 0;
        let failure = failure.filter(|_| counts)?;
        Some(String::from_utf8_lossy(&self.revealed.redact_line(failure.as_bytes())).into_owned())
    }
}

impl Items for Lines {
    fn next(&mut self) -> Later<'_, Option<Result<Value, String>>> {
        Box::pin(self.item())
    }
}

/// The record of the call, open until the program has ended or is killed.
struct Record {
    open: Option<Open>,
    started: Instant,
    bytes: u64,
}

impl Record {
    fn close(&mut self, code: Option<u16>, class: Option<&str>) {
        if let Some(open) = self.open.take() {
            open.close(Outcome {
                code,
                bytes: self.bytes,
                ..Outcome::of(class, self.started.elapsed())
            });
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.close(None, Some("exec.cut"));
    }
}
