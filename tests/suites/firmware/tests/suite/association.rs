//! The association of a Wi-Fi board, with a scripted radio and a clock that the test moves.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use association::{Clock, Event, Failure, MOST_UNRESPONSIVE, Radio};

/// The number of a reason.
type Reason = u16;
const BEACONS_MISSED: Reason = 200;
const NOT_FOUND: Reason = 201;
const WRONG_PASSWORD: Reason = 15;

/// What the radio does when it is asked to associate. Times in seconds.
#[derive(Clone, Copy)]
enum Step {
    /// It associates after this time, and the association lasts so long, and ends for this reason.
    For(u64, u64, Option<Reason>),
    /// It fails after this time.
    Fails(u64, Failure<Reason>),
    /// It never responds, to the cancellation neither.
    Hangs,
    /// It associates at once. Its first report of the end is missed.
    Misses,
}

/// A clock that the test moves.
#[derive(Default)]
struct Hand(Cell<Duration>);

impl Hand {
    async fn seconds(&self, seconds: u64) {
        self.wait(Duration::from_secs(seconds)).await;
    }
}

impl Clock for Hand {
    fn now(&self) -> Duration {
        self.0.get()
    }

    async fn wait(&self, time: Duration) {
        let until = self.now() + time;
        poll_fn(|_| if self.now() < until { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

/// A radio that follows a script, and then hangs.
struct Scripted<'c> {
    clock: &'c Hand,
    steps: VecDeque<Step>,
    associated: Option<Step>,
    cancelled: usize,
}

impl Radio for Scripted<'_> {
    type Reason = Reason;

    async fn associate(&mut self) -> Result<(), Failure<Reason>> {
        let step = self.steps.pop_front().unwrap_or(Step::Hangs);
        self.associated = Some(step);
        match step {
            Step::For(after, ..) => self.clock.seconds(after).await,
            Step::Misses => {}
            Step::Fails(after, failure) => {
                self.clock.seconds(after).await;
                return Err(failure);
            }
            Step::Hangs => pending().await,
        }
        Ok(())
    }

    async fn wait_until_lost(&mut self) -> Option<Reason> {
        match self.associated.take() {
            Some(Step::For(_, lasts, reason)) => {
                // Dropped and called again, it goes on.
                for left in (0..lasts).rev() {
                    self.associated = Some(Step::For(0, left + 1, reason));
                    self.clock.seconds(1).await;
                    self.associated = Some(Step::For(0, left, reason));
                }
                reason
            }
            Some(Step::Misses) => pending().await,
            _ => None,
        }
    }

    async fn cancel(&mut self) {
        self.cancelled += 1;
        pending::<()>().await;
    }
}

/// Runs the script for this many seconds. Returns the log with its times, in seconds, and how often an attempt was cancelled; and whether the
/// radio was given up.
fn log_of(steps: impl IntoIterator<Item = Step>, seconds: u64) -> (Vec<(u64, Event<Reason>)>, usize, bool) {
    let clock = Hand::default();
    let steps = steps.into_iter().collect();
    let mut radio = Scripted { clock: &clock, steps, associated: None, cancelled: 0 };
    let log = RefCell::new(Vec::new());
    let mut given_up = false;
    {
        let logged = |event| log.borrow_mut().push((clock.now().as_secs(), event));
        let mut kept = pin!(association::keep(&mut radio, &clock, logged));
        for _ in 0..seconds * 10 {
            if kept.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                given_up = true;
                break;
            }
            clock.0.set(clock.now() + Duration::from_millis(100));
        }
    }
    (log.into_inner(), radio.cancelled, given_up)
}

fn waits(log: &[(u64, Event<Reason>)]) -> Vec<u64> {
    log.iter().map(|(_, event)| event.wait()).collect()
}

#[test]
fn association_that_is_lost_is_regained() {
    let (log, ..) = log_of([Step::For(2, 100, Some(BEACONS_MISSED)), Step::For(3, 1000, None)], 200);
    assert_eq!(
        log,
        [(2, Event::Associated), (102, Event::Lost(Some(BEACONS_MISSED))), (105, Event::Associated)],
        "the next attempt is at once"
    );
}

/// Access points lock out who tries too often.
#[test]
fn wrong_password_is_named_and_tried_less_and_less() {
    let (log, ..) = log_of([Step::Fails(0, Failure::Refused(WRONG_PASSWORD)); 8], 200);
    assert_eq!(waits(&log), [1, 2, 4, 8, 16, 32, 60, 60]);
    for (_, event) in log {
        assert!(event.text().contains("check `wifi-password`"), "{}", event.text());
        assert_eq!(event.reason(), Some(WRONG_PASSWORD));
    }
}

/// It may have lost its power, and the board is to be there soon after it.
#[test]
fn absent_access_point_is_named_and_looked_for_every_fifteen_seconds() {
    let absent = [Step::Fails(0, Failure::Absent(NOT_FOUND)); 8];
    let (mut log, ..) = log_of(absent.into_iter().chain([Step::For(0, 1000, None)]), 200);
    assert_eq!(log.pop().map(|(_, event)| event), Some(Event::Associated));
    assert_eq!(waits(&log), [1, 2, 4, 8, 15, 15, 15, 15]);
    for (_, event) in log {
        assert!(event.text().contains("check `wifi-ssid` and reception"), "{}", event.text());
        assert_eq!(event.reason(), Some(NOT_FOUND));
    }
}

/// Only a reset helps. Any response of the radio shows that it is not needed.
#[test]
fn radio_that_does_not_respond_is_given_up() {
    let dead = Step::Fails(0, Failure::NoResponse);
    let (log, cancelled, given_up) = log_of([dead; 9], 500);
    assert!(given_up);
    assert_eq!(log.len(), MOST_UNRESPONSIVE as usize);
    assert_eq!(cancelled, MOST_UNRESPONSIVE as usize - 1);
    assert_eq!(
        log.last().map(|(_, event)| event.text()),
        Some("the radio does not respond; the board is reset")
    );

    let once = [dead, dead, dead, dead, Step::Fails(0, Failure::Other(1))];
    let (log, _, given_up) = log_of(once.into_iter().chain(once), 300);
    assert!(!given_up, "{log:?}");
}

#[test]
fn attempt_that_hangs_is_cancelled() {
    let (log, cancelled, _) = log_of([Step::Hangs, Step::For(0, 100, None)], 60);
    assert_eq!(cancelled, 1);
    let failure = Failure::NoResponse;
    // A second for the cancellation, which hangs as well, and one for the wait.
    let failed = Event::Failed { failure, wait: Duration::from_secs(1) };
    assert_eq!(log, [(31, failed), (32, Event::Associated)]);
}

/// The access point ends each association at once: it is not asked every second.
#[test]
fn association_that_does_not_last_is_tried_less_and_less() {
    let (log, ..) = log_of([Step::For(0, 0, Some(8)); 9], 100);
    let at: Vec<_> = log.iter().filter(|(_, event)| *event == Event::Associated).map(|(at, _)| *at).collect();
    assert_eq!(at, [0, 1, 3, 7, 15, 31, 63]);
}

/// The association is lost between the end of the attempt and the wait for its end, or the event is missed.
#[test]
fn loss_that_nothing_reports_is_noticed() {
    let (log, ..) = log_of([Step::Misses, Step::For(0, 1000, None)], 60);
    assert_eq!(log, [(0, Event::Associated), (30, Event::Lost(None)), (31, Event::Associated)]);
}
