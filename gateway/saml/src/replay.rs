//! The messages that were used and could be used again: each works once.
//!
//! Memory is bounded, and nothing is pushed out before its time: when it is full, new messages are refused, as nobody
//! could tell whether they are new.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::error::Error;

const MOST: usize = 20_000;

#[derive(Default)]
pub(crate) struct Replay(Mutex<HashMap<String, Timestamp>>);

impl Replay {
    /// Notes the use of a message that nobody accepts after `until`.
    pub(crate) fn once(&self, id: &str, until: Timestamp, now: Timestamp) -> Result<(), Error> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.get(id).is_some_and(|end| *end > now) {
            return Err(Error::Replayed);
        }
        if seen.len() >= MOST {
            seen.retain(|_, end| *end > now);
        }
        if seen.len() >= MOST {
            return Err(Error::Busy);
        }
        seen.insert(id.to_owned(), until);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_message_works_once_until_nobody_takes_it() {
        let replay = Replay::default();
        assert_eq!(replay.once("a", at(10), at(1)), Ok(()));
        assert_eq!(replay.once("a", at(10), at(9)), Err(Error::Replayed));
        assert_eq!(replay.once("a", at(20), at(10)), Ok(()));
    }

    #[test]
    fn a_full_memory_refuses_and_empties_with_time() {
        let replay = Replay::default();
        for number in 0..MOST {
            assert_eq!(replay.once(&number.to_string(), at(10), at(1)), Ok(()));
        }
        assert_eq!(replay.once("new", at(10), at(1)), Err(Error::Busy));
        assert_eq!(replay.once("7", at(10), at(1)), Err(Error::Replayed));
        assert_eq!(replay.once("new", at(20), at(10)), Ok(()));
    }
}
