//! The one clock behind every decision about a token's life.

use genesys_token_core::time::Instant;

/// Milliseconds since the machine was started, suspended time included: `CLOCK_BOOTTIME`.
///
/// A token's lifetime does not pause while a laptop or a gateway sleeps; tokio's clock and `std::time::Instant` do.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
pub(crate) fn now() -> Instant {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    // The kernel's values are positive and far from the ends of their types.
    let secs = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Instant::from_millis(secs.saturating_mul(1000).saturating_add(nanos / 1_000_000))
}

/// Milliseconds since the first call. Whether suspended time counts is the platform's choice: a token that died while
/// the machine slept is then noticed by its first 401.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn now() -> Instant {
    use std::sync::OnceLock;
    use std::time;

    static START: OnceLock<time::Instant> = OnceLock::new();
    let elapsed = START.get_or_init(time::Instant::now).elapsed();
    Instant::ZERO + elapsed.into()
}
