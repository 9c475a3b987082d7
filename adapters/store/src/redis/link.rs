//! The connection that all commands share. It is replaced in the background once it is lost or a command on it was not answered.
//!
//! An attempt to connect has a time limit of its own, so that the shorter one of a command does not cut it short. A command that finds
//! no connection waits for the attempt in progress, and fails with its error.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::watch;

use super::route::{Connection, Route};
use crate::store::StoreError;

/// The first wait between attempts. They double up to [`LONGEST_WAIT`], and half of each is random.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

pub(super) struct Link {
    route: Arc<Route>,
    slot: Mutex<Slot>,
}

type Outcome = Result<Connection, StoreError>;

#[derive(Default)]
struct Slot {
    /// The attempt in progress, or the last one; `None` without a connection.
    attempt: Option<watch::Receiver<Option<Outcome>>>,
    /// The number of attempts so far. It identifies a connection.
    number: u64,
    /// Consecutive attempts and connections without an answer.
    failures: u32,
}

/// The connection during one command. Dropped before the answer, it has the connection replaced.
pub(super) struct Use<'a> {
    pub(super) connection: Connection,
    link: &'a Link,
    number: u64,
    is_answered: bool,
}

impl Link {
    pub(super) fn new(route: Route) -> Self {
        Self { route: Arc::new(route), slot: Mutex::default() }
    }

    /// Returns the connection, or the error of the next attempt.
    pub(super) async fn connection(&self) -> Result<Use<'_>, StoreError> {
        let (mut attempt, number) = self.attempt();
        let outcome = attempt.wait_for(Option::is_some).await;
        let outcome = outcome.ok().and_then(|outcome| outcome.clone());
        // The runtime that ran the attempt has ended.
        let outcome = outcome.unwrap_or_else(|| {
            Err(StoreError::new("the attempt to connect to the Redis server ended with its runtime"))
        });
        outcome.map(|connection| Use { connection, link: self, number, is_answered: false })
    }

    /// Returns the number of attempts to connect after the first.
    pub(super) fn reconnects(&self) -> u64 {
        self.slot().number.saturating_sub(1)
    }

    fn attempt(&self) -> (watch::Receiver<Option<Outcome>>, u64) {
        let mut slot = self.slot();
        if let Some(attempt) = &slot.attempt {
            let has_failed = attempt.borrow().as_ref().map_or(attempt.has_changed().is_err(), Result::is_err);
            if !has_failed {
                return (attempt.clone(), slot.number);
            }
            slot.failures = slot.failures.saturating_add(1);
        }
        let (sender, receiver) = watch::channel(None);
        let (route, wait) = (self.route.clone(), wait(slot.failures));
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let _ = sender.send(Some(route.connect().await));
        });
        slot.number += 1;
        slot.attempt = Some(receiver.clone());
        (receiver, slot.number)
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        // Nothing panics under the lock; and if it did, each field is consistent by itself.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Use<'_> {
    /// Records that the server has executed the command, or refused it for a reason that another connection would not change.
    pub(super) fn answered(&mut self) {
        self.is_answered = true;
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        let mut slot = self.link.slot();
        if slot.number != self.number {
            return;
        }
        if self.is_answered {
            slot.failures = 0;
        } else {
            // A connection to a stopped server or a demoted primary, or over a path that drops packets, stays open for minutes.
            slot.attempt = None;
            slot.failures = slot.failures.saturating_add(1);
        }
    }
}

/// Returns the wait before the next attempt; none before the first.
fn wait(failures: u32) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let longest = FIRST_WAIT.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_WAIT);
    let mut random = [0; 2];
    // Without randomness the wait is the longest.
    let part = SystemRandom::new().fill(&mut random).map_or(u16::MAX, |()| u16::from_ne_bytes(random));
    longest / 2 + longest.mul_f64(f64::from(part) / f64::from(u16::MAX) / 2.0)
}
