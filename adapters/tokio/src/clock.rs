//! The one clock behind every decision about a token's life, and a cheap one that says when to look at it again.

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

/// How long one look at the clock may serve, in milliseconds.
pub(crate) const LOOK: u64 = 1000;

/// The wall clock in milliseconds, as of the kernel's last tick: a quarter of the price of [`now`].
///
/// Nothing is decided by it but whether the last look at [`now`] is recent, see [`is_recent`]. Unlike the cheap
/// monotonic clock it jumps when the machine wakes from suspend.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
pub(crate) fn tick() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    let secs = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    secs.saturating_mul(1000).saturating_add(nanos / 1_000_000)
}

/// There is no such clock: each look is a new one.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const fn tick() -> u64 {
    0
}

/// Whether a look at the clock at the tick `then` still serves at the tick `now`. A clock that was set, back or forth,
/// makes it old. 0: there was no look.
#[inline]
pub(crate) const fn is_recent(then: u64, now: u64) -> bool {
    then != 0 && now.wrapping_sub(then) < LOOK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_grows_old_and_no_clock_that_is_set_makes_it_young_again() {
        assert!(is_recent(5000, 5000) && is_recent(5000, 5999));
        assert!(!is_recent(5000, 6000) && !is_recent(5000, 4999));
        assert!(!is_recent(5000, u64::MAX) && !is_recent(5000, 0));
        assert!(!is_recent(0, 0) && !is_recent(0, 500), "there was none");
    }
}
