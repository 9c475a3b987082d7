//! The association of a Wi-Fi board with its access point: it is established, and established again when it is lost.
//!
//! [`keep`] decides what is done and when; a [`Radio`] does it. Nothing here informs the network stack: the radio's driver reports the
//! association to it as the state of the link, and a lost one ends the address and the connections until there is a link again.
//!
//! | What happens | What is done |
//! |---|---|
//! | an association is lost that lasted at least [`LASTING`] | an attempt at once |
//! | one is lost earlier, or an attempt fails | a wait, of [`FIRST_WAIT`] at first, twice as long after each further one |
//! | the access point refuses, as with a wrong password | up to [`LONGEST_WAIT`]: access points lock out who tries too often |
//! | the access point is not there | up to [`LONGEST_WAIT_ABSENT`]: it may have lost its power, and is to be found soon after |
//! | the radio does not respond | the same wait as for a refusal; after [`MOST_UNRESPONSIVE`] in a row [`keep`] ends: only a reset can help |
//! | an attempt takes longer than [`LONGEST_ATTEMPT`] | the radio did not respond, and the attempt is cancelled |
//! | an association is lost before anything waits for that | [`Radio::wait_until_lost`] returns at once, and is called again after [`LONGEST_TRUST`] |
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "board")]
mod board;
mod clock;
mod event;

use core::time::Duration;

use embassy_futures::select::{Either, select};

#[cfg(feature = "board")]
pub use board::{Uptime, log};
pub use clock::Clock;
pub use event::{Event, Failure};

/// The wait after the first attempt that fails.
pub const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait.
pub const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// The longest wait for an access point that is not there.
pub const LONGEST_WAIT_ABSENT: Duration = Duration::from_secs(15);
/// An association that lasted this long was a good one.
pub const LASTING: Duration = Duration::from_mins(1);
/// The longest attempt.
pub const LONGEST_ATTEMPT: Duration = Duration::from_secs(30);
/// How long an association is believed to exist without a look at it.
pub const LONGEST_TRUST: Duration = Duration::from_secs(30);
/// Attempts in a row without a response of the radio, after which it is given up.
pub const MOST_UNRESPONSIVE: u32 = 5;

/// The controller of a radio.
pub trait Radio {
    /// Why the access point or the radio ended an association or an attempt, as the driver says it.
    type Reason: Copy;

    /// Attempts to associate, once.
    fn associate(&mut self) -> impl Future<Output = Result<(), Failure<Self::Reason>>>;

    /// Waits until there is no association, and returns why; `None` if there was none to begin with. It may be dropped and called again.
    fn wait_until_lost(&mut self) -> impl Future<Output = Option<Self::Reason>>;

    /// Cancels an attempt whose future was dropped.
    fn cancel(&mut self) -> impl Future<Output = ()>;
}

/// Keeps the board associated. Returns when the radio does not respond: the board is to be reset.
pub async fn keep<R: Radio>(radio: &mut R, clock: &impl Clock, mut log: impl FnMut(Event<R::Reason>)) {
    let (mut failures, mut unresponsive) = (0, 0);
    loop {
        let outcome = match select(radio.associate(), clock.wait(LONGEST_ATTEMPT)).await {
            Either::First(outcome) => outcome,
            Either::Second(()) => Err(Failure::NoResponse),
        };
        let longest = match outcome {
            Ok(()) => {
                log(Event::Associated);
                unresponsive = 0;
                let since = clock.now();
                log(Event::Lost(lost(radio, clock).await));
                if clock.now().saturating_sub(since) >= LASTING {
                    failures = 0;
                    continue;
                }
                LONGEST_WAIT
            }
            Err(Failure::NoResponse) => {
                unresponsive += 1;
                if unresponsive == MOST_UNRESPONSIVE {
                    log(Event::GivenUp);
                    return;
                }
                // It may not respond to this either.
                select(radio.cancel(), clock.wait(FIRST_WAIT)).await;
                LONGEST_WAIT
            }
            Err(Failure::Absent(_)) => LONGEST_WAIT_ABSENT,
            Err(Failure::Refused(_) | Failure::Other(_)) => LONGEST_WAIT,
        };
        let wait = (FIRST_WAIT * (1 << failures)).min(longest);
        failures = (failures + 1).min(6);
        if let Err(failure) = outcome {
            if failure.is_response() {
                unresponsive = 0;
            }
            log(Event::Failed { failure, wait });
        }
        clock.wait(wait).await;
    }
}

/// Waits until the association is lost, and returns why.
async fn lost<R: Radio>(radio: &mut R, clock: &impl Clock) -> Option<R::Reason> {
    loop {
        // A driver may miss the event.
        if let Either::First(reason) = select(radio.wait_until_lost(), clock.wait(LONGEST_TRUST)).await {
            return reason;
        }
    }
}
