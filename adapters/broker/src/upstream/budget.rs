//! The rate limit of one client, shared fairly among its consumers.
//!
//! The service reports its window in `inin-ratelimit-count`, `-allowed` and `-reset`. Each active consumer has an equal share of
//! it. A consumer may exceed its share only while the rest covers the unused shares of all other active consumers and a tenth for
//! those that have not sent yet: a consumer that sends too much waits for the next window, the others do not wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use genesys_token_tokio::core::wire::RateLimit;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A consumer counts as active for this long after its last request.
const ACTIVE: Duration = Duration::from_secs(300);

/// Inactive consumers are looked for at most this often, not with each request.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// The window of one client's rate limit.
#[derive(Default)]
pub(crate) struct Budget {
    window: Mutex<Window>,
}

/// One consumer's part of the budget: the permits to send, and the number of waiting requests.
pub(crate) struct Lane {
    name: Arc<str>,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
}

/// A permit to send a request. Dropping it admits the next one of the same consumer.
pub(crate) struct Permit {
    _slot: OwnedSemaphorePermit,
}

/// The error if too many requests of this consumer wait.
#[derive(Debug)]
pub(crate) struct TooManyWaiting;

#[derive(Default)]
struct Window {
    allowed: u32,
    remaining: u32,
    ends_at: Option<Instant>,
    /// A few consumers: they are found faster by comparing names than by a hash.
    used: BTreeMap<Arc<str>, Use>,
    /// When inactive consumers were last removed.
    swept_at: Option<Instant>,
}

struct Use {
    in_window: u32,
    last: Instant,
}

impl Lane {
    pub(crate) fn new(name: Arc<str>, concurrent: usize, waiting_max: usize) -> Self {
        Self { name, slots: Arc::new(Semaphore::new(concurrent)), waiting: AtomicUsize::new(0), waiting_max }
    }
}

impl Budget {
    /// Waits until this consumer may send a request. Dropping the future leaves the queue.
    pub(crate) async fn acquire(&self, lane: &Lane) -> Result<Permit, TooManyWaiting> {
        match self.acquire_now(lane) {
            Some(permit) => Ok(permit),
            // In memory of its own: most requests do not wait.
            None => Box::pin(self.wait(lane)).await,
        }
    }

    fn acquire_now(&self, lane: &Lane) -> Option<Permit> {
        // Fails while others wait for a slot.
        let slot = lane.slots.clone().try_acquire_owned().ok()?;
        self.lock().take(&lane.name, Instant::now()).ok()?;
        Some(Permit { _slot: slot })
    }

    async fn wait(&self, lane: &Lane) -> Result<Permit, TooManyWaiting> {
        let _waiting = Waiting::enter(lane).ok_or(TooManyWaiting)?;
        // The semaphore is never closed.
        let slot = lane.slots.clone().acquire_owned().await.map_err(|_| TooManyWaiting)?;
        loop {
            let taken = self.lock().take(&lane.name, Instant::now());
            match taken {
                Ok(()) => return Ok(Permit { _slot: slot }),
                Err(until) => tokio::time::sleep_until(until.into()).await,
            }
        }
    }

    /// Records the rate limit of a response.
    pub(crate) fn observe(&self, limit: &RateLimit) {
        self.lock().observe(limit, Instant::now());
    }

    /// Requests left and allowed in this window, if the service has reported one.
    pub(crate) fn left_and_allowed(&self) -> Option<(u32, u32)> {
        let mut window = self.lock();
        window.roll(Instant::now());
        (window.allowed > 0).then_some((window.remaining, window.allowed))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    /// Takes one request for this consumer, or returns when to try again.
    fn take(&mut self, name: &Arc<str>, now: Instant) -> Result<(), Instant> {
        self.roll(now);
        let Some(ends_at) = self.ends_at else {
            self.count(name, now);
            return Ok(());
        };
        let others = || self.used.iter().filter(|(other, _)| *other != name).map(|(_, used)| used.in_window);
        let active = others().fold(1, |active: u32, _| active.saturating_add(1));
        let share = self.allowed / active;
        let reserved: u32 = others().map(|used| share.saturating_sub(used)).sum();
        let own = self.used.get(name).map_or(0, |used| used.in_window);
        let within_share = own < share && self.remaining > 0;
        if within_share || self.remaining > reserved.saturating_add(self.allowed / 10) {
            self.remaining = self.remaining.saturating_sub(1);
            self.count(name, now);
            Ok(())
        } else {
            Err(ends_at)
        }
    }

    fn count(&mut self, name: &Arc<str>, now: Instant) {
        if let Some(used) = self.used.get_mut(name) {
            used.in_window = used.in_window.saturating_add(1);
            used.last = now;
        } else {
            self.used.insert(name.clone(), Use { in_window: 1, last: now });
        }
    }

    fn observe(&mut self, limit: &RateLimit, now: Instant) {
        let ends_at = now + Duration::from(limit.reset);
        let is_new = self.ends_at.is_none_or(|known| ends_at > known + Duration::from_secs(2));
        if is_new {
            self.begin();
        }
        let left = limit.allowed.saturating_sub(limit.count);
        // A response may be older than later requests: within one window the count only grows.
        self.remaining = if is_new { left } else { left.min(self.remaining) };
        self.allowed = limit.allowed;
        self.ends_at = Some(self.ends_at.filter(|_| !is_new).unwrap_or(ends_at));
    }

    /// Begins the next window when this one is over. Its state is unknown until a response reports it.
    fn roll(&mut self, now: Instant) {
        if self.swept_at.is_none_or(|last| now.saturating_duration_since(last) >= SWEEP_INTERVAL) {
            self.used.retain(|_, used| now.saturating_duration_since(used.last) < ACTIVE);
            self.swept_at = Some(now);
        }
        if self.ends_at.is_some_and(|end| end <= now) {
            self.begin();
            self.remaining = self.allowed;
            self.ends_at = None;
        }
    }

    fn begin(&mut self) {
        for used in self.used.values_mut() {
            used.in_window = 0;
        }
    }
}

/// A waiting request of one consumer.
struct Waiting<'l>(&'l Lane);

impl<'l> Waiting<'l> {
    fn enter(lane: &'l Lane) -> Option<Self> {
        let waiting = Self(lane);
        (lane.waiting.fetch_add(1, Ordering::Relaxed) < lane.waiting_max).then_some(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(count: u32, allowed: u32) -> RateLimit {
        RateLimit { count, allowed, reset: genesys_token_tokio::core::time::Duration::from_secs(60) }
    }

    #[test]
    fn a_flooding_consumer_leaves_the_others_their_share() {
        let (flood, quiet): (Arc<str>, Arc<str>) = ("flood".into(), "quiet".into());
        let now = Instant::now();
        let mut window = Window::default();
        window.take(&quiet, now).expect("nothing is known of a limit yet");
        window.observe(&limit(1, 100), now);
        let sent = (0..1000).take_while(|_| window.take(&flood, now).is_ok()).count();
        // The share of two consumers is 50: the rest is the other's 50.
        assert_eq!(sent, 50);
        let sent = (0..1000).take_while(|_| window.take(&quiet, now).is_ok()).count();
        assert_eq!(sent, 49, "the rest of the window, of which one request was counted before");
        let end = now + Duration::from_secs(60);
        assert_eq!(window.take(&flood, now), Err(end));
        window.take(&flood, end).expect("the next window has begun");
    }

    #[test]
    fn a_consumer_alone_has_the_whole_window() {
        let alone: Arc<str> = "alone".into();
        let now = Instant::now();
        let mut window = Window::default();
        window.observe(&limit(0, 100), now);
        assert_eq!((0..1000).take_while(|_| window.take(&alone, now).is_ok()).count(), 100);
    }

    #[tokio::test]
    async fn more_than_the_queue_holds_are_rejected_at_once() {
        let budget = Budget::default();
        let lane = Lane::new("one".into(), 1, 1);
        let held = budget.acquire(&lane).await.expect("a free slot");
        {
            let mut waits = std::pin::pin!(budget.acquire(&lane));
            assert!(tokio::time::timeout(Duration::from_millis(1), waits.as_mut()).await.is_err());
            assert!(budget.acquire(&lane).await.is_err(), "one waits already");
        }
        drop(held);
        assert!(budget.acquire(&lane).await.is_ok(), "the caller that gave up has left the queue");
    }
}
