//! The wall clock, against which the validity of certificates is checked.
//!
//! A device without a battery-backed clock starts in 1970. Until the clock is set there is no TLS: with a wrong time an expired
//! certificate would be accepted. It is set by the program (from a clock chip, the modem, or a stored time) or from NTP servers, and
//! advances with the device's monotonic clock in between.

use core::fmt;

use genesys_token_core::time::Instant;

/// The longest plausible time after the earliest one: no firmware is that old.
const LATEST: u64 = 30 * 365 * 86_400 * 1000;
/// The most that a single server may move a clock that is set, in addition to a sixteenth of the time since it was set.
#[cfg(feature = "sntp")]
const UNCONFIRMED_STEP: u64 = 60_000;

/// The time is not plausible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockError;

impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the time is before the firmware's build, or decades after it: pass seconds since 1970-01-01 UTC from a clock that is \
             set",
        )
    }
}

impl core::error::Error for ClockError {}

/// All in milliseconds.
#[derive(Debug)]
pub(crate) struct WallClock {
    earliest: u64,
    set: Option<Set>,
}

#[derive(Clone, Copy, Debug)]
struct Set {
    /// The wall clock's time at the monotonic clock's zero.
    zero: u64,
    #[cfg(feature = "sntp")]
    at: Instant,
}

impl WallClock {
    /// A clock that is not set. `earliest`: a time in seconds since 1970 that is known to be past.
    pub(crate) const fn new(earliest: u64) -> Self {
        Self { earliest: earliest.saturating_mul(1000), set: None }
    }

    /// Seconds since 1970, if the clock is set.
    pub(crate) fn unix_time(&self, now: Instant) -> Option<u64> {
        Some(self.set?.zero.saturating_add(now.as_millis()) / 1000)
    }

    /// Sets the clock as the program says, forward or backward.
    pub(crate) fn set(&mut self, unix_time: u64, now: Instant) -> Result<(), ClockError> {
        let zero = unix_time.saturating_mul(1000).saturating_sub(now.as_millis());
        self.take(zero, now).then_some(()).ok_or(ClockError)
    }

    /// Sets the clock from time servers. `confirmed`: two of them agree. Returns whether the time was accepted.
    #[cfg(feature = "sntp")]
    pub(crate) fn offer(&mut self, zero: u64, confirmed: bool, now: Instant) -> bool {
        if let Some(set) = self.set {
            let drift = now.saturating_since(set.at).as_millis() / 16;
            if !confirmed && set.zero.abs_diff(zero) > UNCONFIRMED_STEP + drift {
                return false;
            }
        }
        self.take(zero, now)
    }

    fn take(&mut self, zero: u64, now: Instant) -> bool {
        let time = zero.saturating_add(now.as_millis());
        let plausible = time >= self.earliest && time - self.earliest < LATEST;
        if plausible {
            self.set = Some(Set {
                zero,
                #[cfg(feature = "sntp")]
                at: now,
            });
        }
        plausible
    }

    /// The time, or the earliest that it can be.
    #[cfg(feature = "sntp")]
    pub(crate) fn guess(&self, now: Instant) -> u64 {
        self.unix_time(now).unwrap_or((self.earliest + now.as_millis()) / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLIEST: u64 = 1_790_000_000;

    #[test]
    fn time_before_the_earliest_or_decades_after_it_is_rejected() {
        let mut clock = WallClock::new(EARLIEST);
        let now = Instant::from_secs(5);
        for wrong in [0, 5, EARLIEST - 1, EARLIEST + 40 * 365 * 86_400, u64::MAX] {
            assert_eq!(clock.set(wrong, now), Err(ClockError));
            assert_eq!(clock.unix_time(now), None);
        }
        assert_eq!(clock.set(EARLIEST, now), Ok(()));
        assert_eq!(clock.unix_time(Instant::from_secs(65)), Some(EARLIEST + 60));
    }

    #[cfg(feature = "sntp")]
    #[test]
    fn single_server_moves_a_set_clock_only_slightly() {
        let mut clock = WallClock::new(EARLIEST);
        let now = Instant::from_secs(10);
        assert!(clock.offer(EARLIEST * 1000 + 1000, false, now));
        let before = clock.unix_time(now).unwrap();
        let far = EARLIEST * 1000 + 1000 + 3_600_000;
        assert!(!clock.offer(far, false, now));
        assert_eq!(clock.unix_time(now), Some(before));
        // After a day an hour of drift is plausible; two servers that agree may set any time after the earliest.
        assert!(clock.offer(far, false, Instant::from_secs(86_400)));
        assert!(clock.offer(EARLIEST * 1000, true, Instant::from_secs(86_400)));
        assert!(!clock.offer(0, true, Instant::from_secs(86_400)));
    }
}
