//! The clock of every decision about a token's lifetime, and a cheaper one that says when to read it again.

use genesys_token_core::time::Instant;

/// Returns milliseconds since the machine was started, suspended time included: `CLOCK_BOOTTIME`.
///
/// A token's lifetime goes on while a laptop or a gateway is suspended; tokio's clock and `std::time::Instant` do not.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
pub(crate) fn now() -> Instant {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    // The kernel's values are positive and far from the limits of their types.
    let secs = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Instant::from_millis(secs.saturating_mul(1000).saturating_add(nanos / 1_000_000))
}

/// Returns milliseconds since the first call. Whether suspended time counts depends on the platform: a token that expired during
/// suspend is then detected by its first 401.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn now() -> Instant {
    use std::sync::OnceLock;
    use std::time;

    static START: OnceLock<time::Instant> = OnceLock::new();
    let elapsed = START.get_or_init(time::Instant::now).elapsed();
    Instant::ZERO + elapsed.into()
}

/// Returns the wall clock in seconds since 1970: the reference for a date in `Retry-After` if the response has no `Date`.
pub(crate) fn unix_seconds() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |since| since.as_secs())
}

/// Time for which one reading of [`now`] may be relied on, in milliseconds.
pub(crate) const RECHECK_MS: u64 = 1000;

/// Returns the wall clock in milliseconds, as of the kernel's last tick, at a quarter of the cost of [`now`].
///
/// Used only to decide whether the last reading of [`now`] is recent, see [`is_recent`]. Unlike the cheap monotonic clock it jumps
/// when the machine resumes from suspend.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
pub(crate) fn tick() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    let secs = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    secs.saturating_mul(1000).saturating_add(nanos / 1_000_000)
}

/// There is no such clock on this platform: [`now`] is read each time.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const fn tick() -> u64 {
    0
}

/// Returns whether a reading at the tick `then` may be relied on at the tick `now`. A clock that was set, back or forward, makes it
/// outdated. 0: there was no reading.
#[inline]
pub(crate) const fn is_recent(then: u64, now: u64) -> bool {
    then != 0 && now.wrapping_sub(then) < RECHECK_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_recent_for_a_second_and_never_after_the_clock_was_set() {
        assert!(is_recent(5000, 5000) && is_recent(5000, 5999));
        assert!(!is_recent(5000, 6000) && !is_recent(5000, 4999));
        assert!(!is_recent(5000, u64::MAX) && !is_recent(5000, 0));
        assert!(!is_recent(0, 0) && !is_recent(0, 500), "there was no reading");
    }
}
