//! The wall clock, against which the validity of certificates is checked.
//!
//! A device without a battery-backed clock starts in 1970. Until the clock is set there is no TLS: with a wrong time an expired
//! certificate would be accepted. It is set by the program (from a clock chip, the modem, or a stored time) or from NTP servers, and
//! advances with the device's monotonic clock in between.
//!
//! | Time from | Accepted |
//! |---|---|
//! | the program | if it is plausible |
//! | two NTP servers that agree | if it is plausible |
//! | a single NTP server, clock not set | if it is plausible |
//! | a single NTP server, clock set | if it differs by [`UNCONFIRMED_STEP`] and a sixteenth of the time since the clock was set at most |
//! | the same, with a larger difference | after the same time was reported [`REPETITIONS`] times in a row, if TLS has failed because of the dates of certificates since then and not succeeded |
//!
//! Plausible: not before the build ([`Settings::earliest_time`](crate::Settings::earliest_time)), not before the beginning of the validity
//! of a certificate that was verified, which a CA has signed, and no decades after either. The last row lets a device recover from one wrong answer of its only server. It gives an attacker on the path to that server nothing that the
//! third row does not: the first answer is believed anyway.

use core::fmt;

use genesys_token_core::time::Instant;

/// The longest plausible time after the earliest one: no firmware is that old.
const LATEST: u64 = 30 * 365 * 86_400 * 1000;
/// The most that a single server may move a clock that is set, in addition to a sixteenth of the time since it was set.
#[cfg(feature = "sntp")]
const UNCONFIRMED_STEP: u64 = 60_000;
/// How often a single server has to repeat a time that contradicts the clock.
#[cfg(feature = "sntp")]
const REPETITIONS: u8 = 3;
/// The largest difference between two answers that agree, in milliseconds.
#[cfg(feature = "sntp")]
pub(crate) const AGREEMENT: u64 = 5000;

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
    /// A time that is certainly in the past: that of the build, or the beginning of the validity of the latest verified certificate.
    earliest: u64,
    set: Option<Set>,
    /// TLS has failed because of the dates of certificates, and has not succeeded since.
    #[cfg(feature = "sntp")]
    dates_failed: bool,
    #[cfg(feature = "sntp")]
    rival: Option<Rival>,
}

/// A time from a single server that contradicts the clock.
#[cfg(feature = "sntp")]
#[derive(Clone, Copy, Debug)]
struct Rival {
    zero: u64,
    /// How often it was reported in a row.
    count: u8,
}

#[derive(Clone, Copy, Debug)]
struct Set {
    /// The wall clock's time at the monotonic clock's zero.
    zero: u64,
    #[cfg(feature = "sntp")]
    at: Instant,
}

impl WallClock {
    /// Returns a clock that is not set. `earliest`: a time in seconds since 1970 that is known to be past.
    pub(crate) const fn new(earliest: u64) -> Self {
        Self {
            earliest: earliest.saturating_mul(1000),
            set: None,
            #[cfg(feature = "sntp")]
            dates_failed: false,
            #[cfg(feature = "sntp")]
            rival: None,
        }
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
            let contradicts = set.zero.abs_diff(zero) > UNCONFIRMED_STEP + drift;
            if !confirmed && contradicts && !self.is_established(zero) {
                return false;
            }
        }
        self.take(zero, now)
    }

    /// Counts a time that contradicts the clock. Returns whether it is to be accepted nevertheless.
    #[cfg(feature = "sntp")]
    fn is_established(&mut self, zero: u64) -> bool {
        let same = self.rival.filter(|rival| rival.zero.abs_diff(zero) <= AGREEMENT);
        let count = same.map_or(0, |rival| rival.count).saturating_add(1);
        self.rival = Some(Rival { zero, count });
        self.dates_failed && count >= REPETITIONS
    }

    /// Records a TLS handshake with a certificate that is valid from this time on, in seconds since 1970.
    pub(crate) fn certificate_verified(&mut self, not_before: u64) {
        self.earliest = self.earliest.max(not_before.saturating_mul(1000));
        #[cfg(feature = "sntp")]
        {
            self.dates_failed = false;
        }
    }

    /// Records a TLS handshake that failed because of the dates of certificates.
    #[cfg(feature = "sntp")]
    pub(crate) fn certificate_dates_failed(&mut self) {
        self.dates_failed = true;
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
            #[cfg(feature = "sntp")]
            {
                (self.dates_failed, self.rival) = (false, None);
            }
        }
        plausible
    }

    /// Returns the time, or the earliest that it can be.
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

    #[cfg(feature = "sntp")]
    #[test]
    fn single_server_corrects_a_wrong_clock_when_certificates_fail() {
        let now = Instant::from_secs(10);
        let right = (EARLIEST + 1000) * 1000;
        let wrong = right + 300 * 86_400_000;
        let wrong_clock = || {
            let mut clock = WallClock::new(EARLIEST);
            assert!(clock.offer(wrong, false, now));
            clock
        };
        // Certificates are valid at the present time: the server may lie now.
        let mut clock = wrong_clock();
        for _ in 0..10 {
            assert!(!clock.offer(right, false, now));
        }
        clock.certificate_dates_failed();
        clock.certificate_verified(EARLIEST);
        assert!(!clock.offer(right, false, now));
        // They are not, and the server repeats the same time.
        let mut clock = wrong_clock();
        clock.certificate_dates_failed();
        assert!(!clock.offer(right, false, now));
        assert!(!clock.offer(right + AGREEMENT, false, now));
        assert!(clock.offer(right, false, now));
        assert_eq!(clock.unix_time(now), Some(right / 1000 + 10));
        // It does not repeat the same time.
        let mut clock = wrong_clock();
        clock.certificate_dates_failed();
        for step in 0..10 {
            assert!(!clock.offer(right + step * 3_600_000, false, now));
        }
        // A time before the build is not accepted however often it is repeated.
        for _ in 0..10 {
            assert!(!clock.offer(EARLIEST * 1000 - 20_000, false, now));
        }
    }

    /// An attacker on the path to the only time server cannot make an old certificate valid again, of which the key may be known.
    #[test]
    fn no_time_before_a_verified_certificate_is_accepted() {
        let now = Instant::from_secs(10);
        let mut clock = WallClock::new(EARLIEST);
        assert_eq!(clock.set(EARLIEST + 1000, now), Ok(()));
        clock.certificate_verified(EARLIEST + 500);
        // A certificate that began earlier changes nothing.
        clock.certificate_verified(EARLIEST + 100);
        assert_eq!(clock.set(EARLIEST + 499, now), Err(ClockError));
        assert_eq!(clock.set(EARLIEST + 500, now), Ok(()));
        #[cfg(feature = "sntp")]
        {
            clock.certificate_dates_failed();
            for _ in 0..10 {
                assert!(!clock.offer((EARLIEST + 400) * 1000, false, now));
            }
            assert!(!clock.offer((EARLIEST + 400) * 1000, true, now));
        }
    }
}
