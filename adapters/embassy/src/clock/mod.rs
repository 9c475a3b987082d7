//! The wall clock, which certificates are judged by.
//!
//! A device without a battery starts in 1970. Until somebody has told it the time there is no TLS: with a wrong one,
//! a certificate that ended long ago would pass. Who tells it: the program (a clock chip, the modem, the last time that was
//! stored), or NTP servers. Between two settings it goes on with the device's monotonic clock and never steps.

#[cfg(feature = "sntp")]
pub(crate) mod sntp;

use core::fmt;

use genesys_token_core::time::Instant;

/// A time so long after the floor is a mistake: no firmware is that old.
const LATEST: u64 = 30 * 365 * 86_400 * 1000;
#[cfg(feature = "sntp")]
/// How far one server alone may move a clock that was set: this, and a sixteenth of the time since then.
const UNCONFIRMED_STEP: u64 = 60_000;

/// The time that the program gave is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockError;

impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this time is before the firmware was built, or decades after: give seconds since 1970-01-01 UTC from a clock that \
             was set",
        )
    }
}

impl core::error::Error for ClockError {}

/// All in milliseconds.
#[derive(Debug)]
pub(crate) struct WallClock {
    floor: u64,
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
    /// Not set. `floor`: seconds since 1970 that are certainly past.
    pub(crate) const fn new(floor: u64) -> Self {
        Self { floor: floor.saturating_mul(1000), set: None }
    }

    /// Seconds since 1970, if that is known.
    pub(crate) fn unix_time(&self, now: Instant) -> Option<u64> {
        Some(self.set?.zero.saturating_add(now.as_millis()) / 1000)
    }

    /// What the program says counts, in either direction.
    pub(crate) fn set(&mut self, unix_time: u64, now: Instant) -> Result<(), ClockError> {
        let zero = unix_time.saturating_mul(1000).saturating_sub(now.as_millis());
        self.take(zero, now).then_some(()).ok_or(ClockError)
    }

    /// What servers say. `confirmed`: two of them said the same.
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
        let plausible = time >= self.floor && time - self.floor < LATEST;
        if plausible {
            self.set = Some(Set {
                zero,
                #[cfg(feature = "sntp")]
                at: now,
            });
        }
        plausible
    }

    /// The least that the time can be, for those who need a guess.
    #[cfg(feature = "sntp")]
    pub(crate) fn guess(&self, now: Instant) -> u64 {
        self.unix_time(now).unwrap_or((self.floor + now.as_millis()) / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: u64 = 1_790_000_000;

    #[test]
    fn a_time_before_the_floor_or_decades_after_it_is_not_taken() {
        let mut clock = WallClock::new(FLOOR);
        let now = Instant::from_secs(5);
        for wrong in [0, 5, FLOOR - 1, FLOOR + 40 * 365 * 86_400, u64::MAX] {
            assert_eq!(clock.set(wrong, now), Err(ClockError));
            assert_eq!(clock.unix_time(now), None);
        }
        assert_eq!(clock.set(FLOOR, now), Ok(()));
        assert_eq!(clock.unix_time(Instant::from_secs(65)), Some(FLOOR + 60));
    }

    #[cfg(feature = "sntp")]
    #[test]
    fn one_server_alone_does_not_move_a_clock_that_was_set_by_much() {
        let mut clock = WallClock::new(FLOOR);
        let now = Instant::from_secs(10);
        assert!(clock.offer(FLOOR * 1000 + 1000, false, now));
        let before = clock.unix_time(now).unwrap();
        let far = FLOOR * 1000 + 1000 + 3_600_000;
        assert!(!clock.offer(far, false, now));
        assert_eq!(clock.unix_time(now), Some(before));
        // After a day of drift it may be an hour; two servers may say anything above the floor.
        assert!(clock.offer(far, false, Instant::from_secs(86_400)));
        assert!(clock.offer(FLOOR * 1000, true, Instant::from_secs(86_400)));
        assert!(!clock.offer(0, true, Instant::from_secs(86_400)));
    }
}
