//! Keeps a panic inside its own request: the future is dropped, so its open record says `abandoned`.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};

/// The future panicked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Panicked;

/// Runs `future`; a panic in it is an error.
pub(super) async fn caught<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = Box::pin(future);
    // Unwind safety: after a panic the future is only dropped, and what it shares is lock-guarded.
    poll_fn(
        move |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(_) => Poll::Ready(Err(Panicked)),
        },
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error() {
        assert_eq!(caught(async { 1 }).await, Ok(1));
        let panics = async {
            tokio::task::yield_now().await;
            panic!("on purpose")
        };
        assert_eq!(
            caught::<_>(async {
                panics.await;
            })
            .await,
            Err(Panicked)
        );
    }
}
