//! The one clock behind every decision about a token's life: embassy-time's, in core's milliseconds.

use embassy_time::{Duration, Instant};
use genesys_token_core::time;

/// Milliseconds since the device started.
pub(crate) fn now() -> time::Instant {
    time::Instant::from_millis(Instant::now().as_millis())
}

/// When that is for embassy's timers. A point beyond the end of their time never comes.
pub(crate) fn timer(at: time::Instant) -> Instant {
    Instant::now().checked_add(embassy(at.saturating_since(now()))).unwrap_or(Instant::MAX)
}

/// The same span. A thousand years stand for those that are longer than embassy's ticks can count.
pub(crate) fn embassy(span: time::Duration) -> Duration {
    const LONGEST: u64 = 1000 * 365 * 86_400 * 1000;
    Duration::from_millis(span.as_millis().min(LONGEST))
}

/// The same span, rounded down to milliseconds.
pub(crate) fn core(span: Duration) -> time::Duration {
    time::Duration::from_millis(span.as_millis())
}
