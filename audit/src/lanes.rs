//! Room in the queue, taken before a record is made and given back when it is durable.
//!
//! Everything that waits for the disk holds a [`Slot`], so memory is bounded by counting and not
//! by hope. There are four lanes: decisions, denies, a reserve for events and admin actions, and
//! open calls. A slot of the last one is held by each receipt until its outcome is written, so an
//! outcome always finds room. No app instance may hold more than its share of a lane; one that
//! floods the gateway is refused by itself.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

use crate::{Options, Unwritable, core::lock};

/// What the room is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// Permits of apps and pages.
    Decision,
    /// Refusals.
    Deny,
    /// Events and admin decisions.
    Reserved,
    /// Calls that have not ended.
    Open,
}

/// All lanes of a log.
#[derive(Debug)]
pub(crate) struct Lanes {
    state: Mutex<State>,
    changed: Condvar,
    wait: Duration,
}

#[derive(Debug)]
struct State {
    counters: HashMap<Lane, Counter>,
    waiting: VecDeque<Waiter>,
    waiters: usize,
    stopped: bool,
}

#[derive(Debug)]
struct Counter {
    limit: usize,
    share: usize,
    used: usize,
    shares: HashMap<Arc<str>, usize>,
}

#[derive(Debug)]
struct Waiter {
    lane: Lane,
    share: Arc<str>,
    deadline: Instant,
    answer: oneshot::Sender<Result<Slot, Unwritable>>,
}

/// Room for one record.
#[derive(Debug)]
#[must_use = "room is given back when the slot is dropped"]
pub(crate) struct Slot {
    lanes: Arc<Lanes>,
    lane: Lane,
    share: Arc<str>,
}

impl Lanes {
    pub(crate) fn new(options: &Options) -> Self {
        let counter = |limit: usize, percent: usize| Counter {
            limit,
            share: (limit * percent / 100).max(1),
            used: 0,
            shares: HashMap::new(),
        };
        let percent = usize::from(options.share_percent);
        let side = (options.queue / 4).max(16);
        let counters = HashMap::from([
            (Lane::Decision, counter(options.queue, percent)),
            (Lane::Deny, counter(side, percent)),
            (Lane::Reserved, counter(side, 100)),
            (Lane::Open, counter(options.open_limit, percent)),
        ]);
        let state = State {
            counters,
            waiting: VecDeque::new(),
            waiters: options.queue,
            stopped: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            wait: options.wait,
        }
    }

    /// Takes a slot or refuses at once.
    pub(crate) fn take(self: &Arc<Self>, lane: Lane, share: &Arc<str>) -> Result<Slot, Unwritable> {
        lock(&self.state).count(lane, share)?;
        Ok(self.slot(lane, share))
    }

    /// Takes a slot, waiting for one as long as the options say.
    pub(crate) async fn wait(
        self: &Arc<Self>,
        lane: Lane,
        share: &Arc<str>,
    ) -> Result<Slot, Unwritable> {
        let answer = {
            let mut state = lock(&self.state);
            match state.count(lane, share) {
                Ok(()) => {
                    drop(state);
                    return Ok(self.slot(lane, share));
                }
                Err(refused) if state.stopped || state.waiting.len() >= state.waiters => {
                    return Err(refused);
                }
                Err(_) => {}
            }
            let (sender, receiver) = oneshot::channel();
            let deadline = Instant::now() + self.wait;
            state.waiting.push_back(Waiter {
                lane,
                share: share.clone(),
                deadline,
                answer: sender,
            });
            self.changed.notify_one();
            receiver
        };
        answer.await.unwrap_or(Err(Unwritable::Closed))
    }

    /// Refuses everybody who waits.
    pub(crate) fn refuse_all(&self, why: &Unwritable) {
        let waiting = std::mem::take(&mut lock(&self.state).waiting);
        waiting
            .into_iter()
            .for_each(|waiter| drop(waiter.answer.send(Err(why.clone()))));
    }

    /// Refuses everybody from now on and ends [`Self::keep_deadlines`].
    pub(crate) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
        self.refuse_all(&Unwritable::Closed);
    }

    /// Refuses each waiter at its deadline; the loop of a thread of its own, because the writer
    /// may be stuck in a sync when deadlines matter most.
    pub(crate) fn keep_deadlines(&self) {
        let mut state = lock(&self.state);
        while !state.stopped {
            let now = Instant::now();
            let mut late = Vec::new();
            // All wait equally long, so the queue is in the order of deadlines.
            while state
                .waiting
                .front()
                .is_some_and(|waiter| waiter.deadline <= now)
            {
                late.extend(state.waiting.pop_front());
            }
            let next = state.waiting.front().map(|waiter| waiter.deadline - now);
            if !late.is_empty() {
                drop(state);
                late.into_iter().for_each(Waiter::refuse);
                state = lock(&self.state);
            } else if let Some(pause) = next {
                let waited = self.changed.wait_timeout(state, pause);
                state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            } else {
                let waited = self.changed.wait(state);
                state = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
            }
        }
    }

    fn slot(self: &Arc<Self>, lane: Lane, share: &Arc<str>) -> Slot {
        Slot {
            lanes: self.clone(),
            lane,
            share: share.clone(),
        }
    }
}

impl State {
    fn count(&mut self, lane: Lane, share: &Arc<str>) -> Result<(), Unwritable> {
        if self.stopped {
            return Err(Unwritable::Closed);
        }
        let Some(counter) = self.counters.get_mut(&lane) else {
            return Err(Unwritable::Closed);
        };
        if counter.used >= counter.limit {
            return Err(if lane == Lane::Open {
                Unwritable::Open
            } else {
                Unwritable::Full
            });
        }
        if counter
            .shares
            .get(share)
            .is_some_and(|used| *used >= counter.share)
        {
            return Err(Unwritable::Share(share.to_string()));
        }
        counter.used += 1;
        *counter.shares.entry(share.clone()).or_default() += 1;
        Ok(())
    }

    fn release(&mut self, lane: Lane, share: &Arc<str>) {
        let Some(counter) = self.counters.get_mut(&lane) else {
            return;
        };
        counter.used = counter.used.saturating_sub(1);
        if let Some(used) = counter.shares.get_mut(share) {
            *used = used.saturating_sub(1);
            if *used == 0 {
                counter.shares.remove(share);
            }
        }
    }

    /// The first waiter who fits now; room for it is already counted.
    fn next_waiter(&mut self, lane: Lane) -> Option<Waiter> {
        self.waiting.retain(|waiter| !waiter.answer.is_closed());
        let candidates = (0..self.waiting.len())
            .filter(|at| {
                self.waiting
                    .get(*at)
                    .is_some_and(|waiter| waiter.lane == lane)
            })
            .collect::<Vec<_>>();
        candidates.into_iter().find_map(|at| {
            let share = self.waiting.get(at)?.share.clone();
            self.count(lane, &share).ok()?;
            self.waiting.remove(at)
        })
    }
}

impl Waiter {
    fn refuse(self) {
        // A cancelled caller is not listening any more.
        let _ = self.answer.send(Err(Unwritable::Full));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let waiter = {
            let mut state = lock(&self.lanes.state);
            state.release(self.lane, &self.share);
            state.next_waiter(self.lane)
        };
        if let Some(waiter) = waiter {
            let slot = self.lanes.slot(waiter.lane, &waiter.share);
            // When nobody listens any more the slot comes back and is dropped here.
            drop(waiter.answer.send(Ok(slot)));
        }
    }
}

#[cfg(test)]
mod tests;
