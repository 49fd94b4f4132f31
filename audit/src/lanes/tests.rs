//! Room is bounded, shared fairly and given back.
use std::{
    future::Future as _,
    path::PathBuf,
    pin::pin,
    task::{Context, Poll, Waker},
};

use super::*;
use crate::BootFacts;

fn lanes(queue: usize) -> Arc<Lanes> {
    let mut options = Options::new(PathBuf::new(), "n".into(), BootFacts::default(), || 0);
    options.queue = queue;
    options.open_limit = 4;
    options.wait = Duration::from_millis(5);
    Arc::new(Lanes::new(&options))
}

fn share(name: &str) -> Arc<str> {
    name.into()
}

#[test]
fn one_app_cannot_take_the_room_of_another() {
    let lanes = lanes(8);
    let (noisy, quiet) = (share("noisy"), share("quiet"));
    let held = [(); 2].map(|()| lanes.take(Lane::Decision, &noisy).unwrap());
    assert_eq!(
        lanes.take(Lane::Decision, &noisy).unwrap_err(),
        Unwritable::Share("noisy".into())
    );
    let other = lanes.take(Lane::Decision, &quiet).unwrap();
    drop(held);
    drop(lanes.take(Lane::Decision, &noisy).unwrap());
    drop(other);
}

#[test]
fn a_full_lane_leaves_the_others_alone() {
    let lanes = lanes(4);
    let held: Vec<Slot> = ["a", "b", "c", "d"]
        .map(|name| lanes.take(Lane::Decision, &share(name)).unwrap())
        .into();
    assert_eq!(
        lanes.take(Lane::Decision, &share("e")).unwrap_err(),
        Unwritable::Full
    );
    drop(lanes.take(Lane::Reserved, &share("e")).unwrap());
    drop(lanes.take(Lane::Deny, &share("e")).unwrap());
    drop(held);
    assert!(
        lock(&lanes.state)
            .counters
            .values()
            .all(|lane| lane.used == 0 && lane.shares.is_empty())
    );
}

#[test]
fn a_waiter_gets_the_next_room_and_a_cancelled_one_gives_it_back() {
    let lanes = lanes(4);
    let app = share("a");
    let held = lanes.take(Lane::Decision, &app).unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let slot = {
        let mut first = pin!(lanes.wait(Lane::Decision, &app));
        assert!(first.as_mut().poll(&mut context).is_pending());
        drop(held);
        let Poll::Ready(slot) = first.as_mut().poll(&mut context) else {
            unreachable!()
        };
        slot.unwrap()
    };
    {
        let mut second = pin!(lanes.wait(Lane::Decision, &app));
        assert!(second.as_mut().poll(&mut context).is_pending());
        drop(slot);
    }
    drop(lanes.take(Lane::Decision, &app).unwrap());
}

#[test]
fn a_wait_ends_at_its_deadline() {
    let lanes = lanes(4);
    let app = share("a");
    let _held = lanes.take(Lane::Decision, &app).unwrap();
    let keeper = std::thread::spawn({
        let lanes = lanes.clone();
        move || lanes.keep_deadlines()
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let refused = runtime
        .block_on(lanes.wait(Lane::Decision, &app))
        .unwrap_err();
    assert_eq!(refused, Unwritable::Full);
    lanes.stop();
    keeper.join().unwrap();
    assert_eq!(
        lanes.take(Lane::Open, &app).unwrap_err(),
        Unwritable::Closed
    );
}
