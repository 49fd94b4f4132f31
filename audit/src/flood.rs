//! Denies under flood: the first fifty a second of one kind are written one by one, the others
//! are counted and become one record. Never silence, never an unbounded log.

use std::{collections::HashMap, sync::Mutex};

use crate::{Decision, EntityRef, RecordId, Unwritable, core::lock};

const LIMIT: u64 = 50;
const WINDOW_NS: i64 = 1_000_000_000;

/// Kinds that are told apart at once; what comes beyond is counted together.
const KINDS: usize = 1024;

/// The windows that are open.
#[derive(Debug, Default)]
pub(crate) struct Flood(Mutex<Windows>);

#[derive(Debug, Default)]
struct Windows {
    open: HashMap<Kind, Window>,
    ready: Vec<Counted>,
}

/// What makes two denies alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    principal: EntityRef,
    reason: String,
    action: String,
}

#[derive(Debug)]
struct Window {
    start: i64,
    written: u64,
    counted: Option<Counted>,
}

/// Denies that became one record.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) id: RecordId,
    /// The first of them.
    pub(crate) sample: Decision,
    pub(crate) count: u64,
    pub(crate) last_ns: i64,
    /// Whether denies of many kinds were counted together.
    pub(crate) mixed: bool,
}

/// What becomes of a deny.
#[derive(Debug)]
pub(crate) enum Heard {
    /// It gets a record of its own.
    Write(Box<Decision>),
    /// It is counted in the record with this id.
    Counted(RecordId),
}

impl Flood {
    /// Takes a deny at `now`; without room for a record of its own it is counted.
    pub(crate) fn hear(
        &self,
        decision: Decision,
        now: i64,
        room: bool,
    ) -> Result<Heard, Unwritable> {
        let mut windows = lock(&self.0);
        let mut kind = Kind::of(&decision);
        let mixed = windows.open.len() >= KINDS && !windows.open.contains_key(&kind);
        if mixed {
            kind = Kind::mixed();
        }
        if windows
            .open
            .get(&kind)
            .is_some_and(|window| window.is_over(now))
        {
            let over = windows.open.remove(&kind).and_then(|window| window.counted);
            windows.ready.extend(over);
        }
        let fresh = Window {
            start: now,
            written: 0,
            counted: None,
        };
        let window = windows.open.entry(kind).or_insert(fresh);
        if room && window.written < LIMIT {
            window.written += 1;
            return Ok(Heard::Write(Box::new(decision)));
        }
        let last_ns = decision.time_ns;
        if let Some(counted) = &mut window.counted {
            counted.count += 1;
            counted.last_ns = last_ns;
            return Ok(Heard::Counted(counted.id.clone()));
        }
        let id = RecordId::new(decision.time_ns)?;
        window.counted = Some(Counted {
            id: id.clone(),
            sample: decision,
            count: 1,
            last_ns,
            mixed,
        });
        Ok(Heard::Counted(id))
    }

    /// Ends the windows that are over at `now`.
    pub(crate) fn over(&self, now: i64) -> Vec<Counted> {
        self.end(|window| window.is_over(now))
    }

    /// Ends all windows.
    pub(crate) fn all(&self) -> Vec<Counted> {
        self.end(|_| true)
    }

    fn end(&self, ended: impl Fn(&Window) -> bool) -> Vec<Counted> {
        let mut windows = lock(&self.0);
        let over = windows
            .open
            .extract_if(|_, window| ended(window))
            .collect::<Vec<_>>();
        let mut ready = std::mem::take(&mut windows.ready);
        ready.extend(over.into_iter().filter_map(|(_, window)| window.counted));
        ready
    }
}

impl Kind {
    fn of(decision: &Decision) -> Self {
        Self {
            principal: decision.principal.clone(),
            reason: decision.reasons.first().cloned().unwrap_or_default(),
            action: decision.action.clone(),
        }
    }

    fn mixed() -> Self {
        Self {
            principal: EntityRef::new("", ""),
            reason: String::new(),
            action: String::new(),
        }
    }
}

impl Window {
    /// A clock that was set back ends the window too.
    fn is_over(&self, now: i64) -> bool {
        !(self.start..self.start.saturating_add(WINDOW_NS)).contains(&now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn hear(flood: &Flood, user: &str, now: i64) -> bool {
        let mut deny = sample::deny();
        deny.principal.id = user.into();
        matches!(flood.hear(deny, now, true).unwrap(), Heard::Write(_))
    }

    #[test]
    fn the_fifty_first_is_counted_and_others_are_not_touched() {
        let flood = Flood::default();
        assert!((0..50).all(|_| hear(&flood, "loud", 5)));
        assert!((0..30).all(|_| !hear(&flood, "loud", 6)));
        assert!(hear(&flood, "calm", 6));
        assert!(flood.over(WINDOW_NS).is_empty());
        let counted = flood.over(WINDOW_NS + 5);
        let counts: Vec<u64> = counted.iter().map(|counted| counted.count).collect();
        assert_eq!(counts, [30]);
        assert!(hear(&flood, "loud", WINDOW_NS + 6));
    }

    #[test]
    fn a_window_that_nobody_ended_is_not_forgotten() {
        let flood = Flood::default();
        assert_eq!((0..60).filter(|_| hear(&flood, "loud", 0)).count(), 50);
        assert!(hear(&flood, "loud", 2 * WINDOW_NS));
        assert!(hear(&flood, "loud", 0), "the clock was set back");
        assert_eq!(flood.all().len(), 1);
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let flood = Flood::default();
        assert!(matches!(
            flood.hear(sample::deny(), 0, false).unwrap(),
            Heard::Counted(_)
        ));
        assert_eq!(flood.all().len(), 1);
    }

    #[test]
    fn many_kinds_are_counted_together() {
        let flood = Flood::default();
        let written = (0..2000)
            .filter(|user| hear(&flood, &user.to_string(), 0))
            .count();
        assert_eq!(written, KINDS + 50);
        let counted = flood.all();
        assert!(counted.iter().all(|counted| counted.mixed));
        assert_eq!(
            counted.iter().map(|counted| counted.count).sum::<u64>(),
            2000 - written as u64
        );
    }
}
