//! One call's turn with the state of its session. When the call is given up the state goes back all
//! the same; a connection that was in the middle of something is then no longer alive.

use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;

use super::{Session, State, Transaction};
use crate::connection::Connection;
use crate::database::By;
use crate::document::Row;
use crate::problem::Problem;
use crate::sql::Statement;

pub struct Turn<'a> {
    session: &'a Session,
    state: State,
}

impl<'a> Turn<'a> {
    pub fn new(session: &'a Session, state: State) -> Self {
        Self { session, state }
    }

    /// The connection of the session, which is taken from the pool if need be.
    pub async fn connection(&mut self, by: By<'_>) -> Result<&mut dyn Connection, Problem> {
        if let Transaction::Undone(why) = &self.state.transaction {
            return Err(Problem::Undone(why.clone()));
        }
        self.tidy().await?;
        if self.state.lease.is_none() {
            self.state.lease = Some(self.session.store.connection(by).await?);
        }
        self.leased()
    }

    /// Keeps the result of a query in the database; answers its number.
    pub async fn keep(&mut self, query: Statement) -> Result<u64, Problem> {
        let most = self.session.store.bounds().cursors;
        if self.state.open.len() >= most {
            return Err(Problem::TooLong(format!(
                "more than {most} cursors are open; read or leave some first"
            )));
        }
        self.state.last += 1;
        let number = self.state.last;
        self.leased()?.open(number, query).await?;
        let undone = self.state.transaction == Transaction::Begun;
        self.state.open.insert(number, undone);
        Ok(number)
    }

    /// The next rows of a result.
    pub async fn fetch(&mut self, cursor: u64, part: (usize, usize)) -> Result<Vec<Row>, Problem> {
        if !self.state.open.contains_key(&cursor) {
            let over = "the cursor ended with its transaction; read it before";
            return Err(Problem::Invalid(over.to_owned()));
        }
        let done = self.leased()?.fetch(cursor, part).await;
        self.finish(done).await
    }

    /// Concludes a call: notices a transaction that is gone, gives the connection back when nothing
    /// needs it, and puts errors in the app's words.
    pub async fn finish<T>(&mut self, done: Result<T, Problem>) -> Result<T, Problem> {
        let done = done.map_err(|problem| match problem {
            Problem::Taken(index) => self.session.store.layout().taken(&index),
            other => other,
        });
        self.notice(done.as_ref().err());
        self.tidy().await?;
        done
    }

    /// The transaction is over; what it made is there to stay, or gone.
    pub fn over(&mut self, kept: bool) {
        self.state.transaction = Transaction::None;
        self.state.open.retain(|_, undone| kept || !*undone);
        self.state
            .open
            .values_mut()
            .for_each(|undone| *undone = false);
    }

    /// Undoes and frees everything.
    pub async fn end(&mut self) {
        self.over(false);
        self.state.dropped = self.state.open.keys().copied().collect();
        if let Some(lease) = &mut self.state.lease
            && let Ok(connection) = lease.connection()
            && connection.rollback().await.is_ok()
        {
            let _ = self.tidy().await;
        }
        self.state = State::default();
    }

    fn leased(&mut self) -> Result<&mut dyn Connection, Problem> {
        let lease = self.state.lease.as_mut().ok_or(Problem::Unreachable)?;
        lease.connection()
    }

    fn notice(&mut self, problem: Option<&Problem>) {
        let stands = self
            .leased()
            .is_ok_and(|connection| connection.alive() && connection.transaction());
        if self.state.transaction == Transaction::Begun && !stands {
            let why = problem.map(Problem::to_string);
            self.state.transaction = Transaction::Undone(why.unwrap_or_default());
            self.state.open.clear();
            if let Some(lease) = self.state.lease.take() {
                lease.discard();
            }
        }
    }

    /// Frees cursors that nobody reads, and gives the connection back when nothing needs it.
    async fn tidy(&mut self) -> Result<(), Problem> {
        for cursor in std::mem::take(&mut self.state.dropped) {
            if self.state.open.remove(&cursor).is_some() {
                self.leased()?.close(cursor).await?;
            }
        }
        if self.state.open.is_empty() && self.state.transaction == Transaction::None {
            self.state.lease = None;
        }
        Ok(())
    }
}

impl Deref for Turn<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Turn<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self
            .session
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *state = Some(std::mem::take(&mut self.state));
    }
}
