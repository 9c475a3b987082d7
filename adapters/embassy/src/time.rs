//! Conversions between embassy-time and core's milliseconds. embassy-time is the only clock for decisions about a token's life.

use embassy_time::{Duration, Instant};
use genesys_token_core::time;

/// Milliseconds since the device started.
pub(crate) fn now() -> time::Instant {
    time::Instant::from_millis(Instant::now().as_millis())
}

/// Returns the instant for embassy's timers. One beyond their range is never reached.
pub(crate) fn timer(at: time::Instant) -> Instant {
    Instant::now().checked_add(embassy(at.saturating_since(now()))).unwrap_or(Instant::MAX)
}

/// Returns the duration for embassy; one beyond its range becomes a thousand years.
pub(crate) fn embassy(span: time::Duration) -> Duration {
    const LONGEST: u64 = 1000 * 365 * 86_400 * 1000;
    Duration::from_millis(span.as_millis().min(LONGEST))
}

/// Returns the duration for core, rounded down to milliseconds.
pub(crate) fn core(span: Duration) -> time::Duration {
    time::Duration::from_millis(span.as_millis())
}
