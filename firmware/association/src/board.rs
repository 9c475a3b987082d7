//! The clock and the log of a board.

use core::time::Duration;

use defmt::{Format, info, warn};
use embassy_time::{Instant, Timer};

use crate::clock::Clock;
use crate::event::Event;

/// The clock of embassy-time.
#[derive(Clone, Copy, Debug)]
pub struct Uptime;

impl Clock for Uptime {
    fn now(&self) -> Duration {
        Instant::now().duration_since(Instant::MIN).into()
    }

    fn wait(&self, time: Duration) -> impl Future<Output = ()> {
        Timer::after_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Logs an event by defmt.
pub fn log<R: Copy + Format>(event: Event<R>) {
    match (event, event.reason(), event.wait()) {
        (Event::Associated, ..) => info!("{=str}", event.text()),
        (_, None, 0) => warn!("{=str}", event.text()),
        (_, Some(reason), 0) => warn!("{=str}: {}", event.text(), reason),
        (_, Some(reason), wait) => {
            warn!("{=str}: {}; next attempt in {=u64} s", event.text(), reason, wait);
        }
        (_, None, wait) => warn!("{=str}; next attempt in {=u64} s", event.text(), wait),
    }
}
