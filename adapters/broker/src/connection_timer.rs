//! A timer for the time limits of one connection's requests that costs a request no timer of the runtime.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use tokio::time::{self, sleep_until};

/// The timer of one connection.
///
/// hyper makes a sleep for each request head and drops it when the head is there; then begins the time limit of the request. Here such
/// a sleep is a deadline only. The runtime's timer stays as it is from one to the next: when it fires before the deadline it is set again,
/// so that a busy connection is woken about once in each limit, and not a timer set and removed for each request. One sleep at a time is
/// awaited.
#[derive(Clone, Default)]
pub(crate) struct ConnectionTimer(Arc<Mutex<Option<Pin<Box<time::Sleep>>>>>);

/// A deadline of a connection.
pub(crate) struct Deadline {
    at: time::Instant,
    timer: ConnectionTimer,
}

impl ConnectionTimer {
    /// Returns a deadline after this time, for [`within`].
    pub(crate) fn after(&self, limit: Duration) -> Deadline {
        let now = time::Instant::now();
        // A limit that is never reached would overflow; thirty years are as good.
        let at = now.checked_add(limit).unwrap_or_else(|| now + Duration::from_secs(30 * 365 * 86_400));
        Deadline { at, timer: self.clone() }
    }
}

/// Waits for a future until a deadline. `None`: the deadline was first.
pub(crate) async fn within<T>(
    mut deadline: Deadline,
    mut future: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Pin::new(&mut deadline).poll(context).map(|()| None),
    })
    .await
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Deadline { at: deadline.into(), timer: self.clone() })
    }

    fn now(&self) -> Instant {
        time::Instant::now().into_std()
    }
}

impl Sleep for Deadline {}

impl Future for Deadline {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.timer.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = alarm.get_or_insert_with(|| Box::pin(sleep_until(self.at)));
        if alarm.deadline() > self.at {
            alarm.as_mut().reset(self.at);
        }
        loop {
            ready!(alarm.as_mut().poll(context));
            if time::Instant::now() >= self.at {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    /// Polls once.
    async fn is_over(sleep: &mut Pin<Box<dyn Sleep>>) -> bool {
        poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test(start_paused = true)]
    async fn each_sleep_ends_at_its_own_deadline() {
        const LIMIT: Duration = Duration::from_secs(10);
        let timer = ConnectionTimer::default();
        let start = time::Instant::now();
        let mut first = timer.sleep(LIMIT);
        assert!(!is_over(&mut first).await);
        time::advance(Duration::from_secs(8)).await;
        drop(first);
        let mut second = timer.sleep(LIMIT);
        assert!(!is_over(&mut second).await);
        second.await;
        assert_eq!(start.elapsed(), Duration::from_secs(18), "the second one's end, not the first one's");
        let mut third = timer.sleep(LIMIT);
        assert!(!is_over(&mut third).await, "the runtime's timer has fired for the second one");
        third.await;
        assert_eq!(start.elapsed(), Duration::from_secs(28));
        let mut long = timer.sleep(LIMIT);
        assert!(!is_over(&mut long).await);
        timer.sleep(LIMIT / 2).await;
        assert_eq!(start.elapsed(), Duration::from_secs(33), "a shorter one ends earlier");
    }

    #[tokio::test(start_paused = true)]
    async fn a_future_is_awaited_until_its_deadline() {
        let timer = ConnectionTimer::default();
        let start = time::Instant::now();
        let slow = pin!(time::sleep(Duration::from_secs(9)));
        assert_eq!(within(timer.after(Duration::from_secs(5)), slow).await, None);
        assert_eq!(start.elapsed(), Duration::from_secs(5));
        let quick = pin!(time::sleep(Duration::from_secs(2)));
        assert_eq!(within(timer.after(Duration::MAX), quick).await, Some(()));
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }
}
