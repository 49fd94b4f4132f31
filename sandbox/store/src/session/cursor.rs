//! A result that is read in batches. What a batch has no room for waits for the next one.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Session;
use crate::document::{Document, Row};
use crate::problem::Problem;

/// Fewest and most rows asked of the database at a time.
const STEPS: (usize, usize) = (4, 250);

/// A result; dropping it frees what it takes up.
pub struct Cursor {
    session: Arc<Session>,
    kind: String,
    /// Where the database keeps it, until it has no more.
    number: Option<u64>,
    /// How many rows were fetched.
    fetched: usize,
    /// How many are fetched next.
    step: usize,
    waiting: VecDeque<Row>,
}

/// Some documents of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// In order.
    pub documents: Vec<Document>,
    /// Whether there may be more.
    pub more: bool,
}

impl Cursor {
    /// A result that is kept in the database under this number.
    pub(super) fn kept(session: Arc<Session>, kind: String, number: u64) -> Self {
        Self::new(session, kind, (Some(number), Vec::new()))
    }

    /// A result that is here already.
    pub(super) fn whole(session: Arc<Session>, kind: String, rows: Vec<Row>) -> Self {
        Self::new(session, kind, (None, rows))
    }

    fn new(session: Arc<Session>, kind: String, (number, rows): (Option<u64>, Vec<Row>)) -> Self {
        Self {
            session,
            kind,
            number,
            fetched: 0,
            step: STEPS.0,
            waiting: rows.into(),
        }
    }

    /// The next documents; none at the end.
    pub async fn next(&mut self) -> Result<Batch, Problem> {
        let (rows, bytes) = {
            let bounds = self.session.store.bounds();
            (bounds.batch_rows, bounds.batch_bytes)
        };
        let mut documents = Vec::new();
        let mut weight = 0;
        while documents.len() < rows && self.fill().await? {
            let next = self.waiting.front().map_or(0, Row::weight);
            if !documents.is_empty() && weight + next > bytes {
                break;
            }
            weight += next;
            if let Some(row) = self.waiting.pop_front() {
                documents.push(row.document(&self.kind)?);
            }
        }
        Ok(Batch {
            more: self.number.is_some() || !self.waiting.is_empty(),
            documents,
        })
    }

    /// Whether a row waits, after asking the database for some.
    async fn fill(&mut self) -> Result<bool, Problem> {
        if let Some(number) = self.number
            && self.waiting.is_empty()
        {
            let part = (self.fetched, self.step);
            let rows = self.session.turn()?.fetch(number, part).await?;
            self.fetched += rows.len();
            if rows.len() < self.step {
                self.free();
            }
            self.step = self.fitting(&rows);
            self.waiting.extend(rows);
        }
        Ok(!self.waiting.is_empty())
    }

    /// How many rows like these fill a batch.
    fn fitting(&self, rows: &[Row]) -> usize {
        let weight: usize = rows.iter().map(Row::weight).sum();
        let each = (weight / rows.len().max(1)).max(1);
        let (fewest, most) = STEPS;
        (self.session.store.bounds().batch_bytes / each).clamp(fewest, most)
    }

    fn free(&mut self) {
        if let Some(number) = self.number.take() {
            self.session.forget(number);
        }
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.free();
    }
}
