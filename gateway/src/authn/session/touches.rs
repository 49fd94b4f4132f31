//! Uses of sign-ins on their way to the store: many share one write, as each write waits for the disk.
//!
//! What is noted shortly after a write waits for the next one. If the server ends before, a sign-in counts as unused
//! for a minute longer than it was.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// How long after a write the next one may follow, nanoseconds.
const PAUSE: i64 = 1_000_000_000;
/// So many are written however long ago the last write was.
const MOST: usize = 1024;

/// When sign-ins were last used, as far as the store does not know it yet.
pub(super) struct Touches(Mutex<Waiting>);

struct Waiting {
    written: i64,
    used: HashMap<Arc<str>, i64>,
}

impl Touches {
    pub(super) fn new() -> Touches {
        Touches(Mutex::new(Waiting {
            written: i64::MIN,
            used: HashMap::new(),
        }))
    }

    /// Notes a use; answers what is to be written now, if it is time.
    pub(super) fn note(&self, sign_in: &Arc<str>, now: i64) -> Option<Vec<(Arc<str>, i64)>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.used.insert(Arc::clone(sign_in), now);
        let rested = now.saturating_sub(waiting.written) >= PAUSE;
        if !rested && waiting.used.len() < MOST {
            return None;
        }
        waiting.written = now;
        Some(waiting.used.drain().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_written_together() {
        let touches = Touches::new();
        let (ana, bob): (Arc<str>, Arc<str>) = ("ana".into(), "bob".into());
        assert_eq!(touches.note(&ana, 5), Some(vec![(Arc::clone(&ana), 5)]));
        assert_eq!(touches.note(&ana, 6), None);
        assert_eq!(touches.note(&ana, 7), None);
        let mut due = touches.note(&bob, 5 + PAUSE).unwrap();
        due.sort();
        assert_eq!(due, [(ana, 7), (bob, 5 + PAUSE)]);
    }

    #[test]
    fn not_too_many_wait() {
        let touches = Touches::new();
        let note = |number: usize| touches.note(&number.to_string().into(), 1);
        assert!(note(0).is_some());
        assert!((1..MOST).all(|number| note(number).is_none()));
        assert_eq!(note(MOST).unwrap().len(), MOST);
    }
}
