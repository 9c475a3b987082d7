//! A timer for the time limit of request heads that costs a request no timer of the runtime.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use hyper::rt::{Sleep, Timer};
use tokio::time::{self, sleep_until};

/// The timer of one connection.
///
/// hyper makes a sleep for each request head and drops it when the head is there. Here such a sleep is a deadline only. The runtime's
/// timer stays as it is from one to the next: when it fires before the deadline it is set again, so that a busy connection is woken
/// about once in each limit, and not a timer set and removed for each request.
#[derive(Clone, Default)]
pub(super) struct HeadTimer(Arc<Mutex<Option<Pin<Box<time::Sleep>>>>>);

struct HeadSleep {
    deadline: time::Instant,
    timer: HeadTimer,
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: std::time::Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadSleep { deadline: deadline.into(), timer: self.clone() })
    }

    fn now(&self) -> Instant {
        time::Instant::now().into_std()
    }
}

impl Sleep for HeadSleep {}

impl Future for HeadSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.timer.0.lock().unwrap_or_else(PoisonError::into_inner);
        let alarm = alarm.get_or_insert_with(|| Box::pin(sleep_until(self.deadline)));
        if alarm.deadline() > self.deadline {
            alarm.as_mut().reset(self.deadline);
        }
        loop {
            ready!(alarm.as_mut().poll(context));
            if time::Instant::now() >= self.deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(self.deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    /// Polls once.
    async fn is_over(sleep: &mut Pin<Box<dyn Sleep>>) -> bool {
        poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test(start_paused = true)]
    async fn each_sleep_ends_at_its_own_deadline() {
        const LIMIT: Duration = Duration::from_secs(10);
        let timer = HeadTimer::default();
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
}
