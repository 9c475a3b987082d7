//! The clocks of the devices: each has its own epoch, and some are inaccurate.

use genesys_token_core::time::Instant;

use crate::{queue::Millis, random::Random};

/// The accuracy of a fleet's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clocks {
    Good,
    /// Every clock is up to 0.5 % fast or slow. One device in ten has a clock that jumps ahead once, and one in ten a clock that
    /// is set back once, by up to two hours, within the given time.
    Bad {
        jumps_before: Millis,
    },
}

const WORST_PPM: u64 = 5_000;
const WORST_JUMP: Millis = 2 * 3_600_000;
/// Greater than any jump back, so that no clock shows less than zero.
const FIRST_EPOCH: Millis = 10_000_000;
const MILLION: u64 = 1_000_000;

/// A device's clock. It is derived from the seed at each reading, so that a million clocks take no memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    epoch: Millis,
    /// Milliseconds shown per 1000 s of true time.
    rate: u64,
    jumps_at: Millis,
    /// Added to the epoch from these times on; the smaller of the two is zero.
    ahead: Millis,
    back: Millis,
}

impl Clock {
    pub(crate) fn of_device(clocks: Clocks, seed: u64, device: u32) -> Self {
        let mut random = Random::of_device(!seed, device);
        let mut clock = Self {
            epoch: FIRST_EPOCH + random.below(1 << 32),
            rate: MILLION,
            jumps_at: Millis::MAX,
            ahead: 0,
            back: 0,
        };
        if let Clocks::Bad { jumps_before } = clocks {
            clock.rate = MILLION - WORST_PPM + random.below(2 * WORST_PPM + 1);
            let (when, span) = (random.below(jumps_before), random.below(WORST_JUMP));
            match device % 10 {
                0 => (clock.jumps_at, clock.ahead) = (when, span),
                5 => (clock.jumps_at, clock.back) = (when, span),
                _ => {}
            }
        }
        clock
    }

    /// Returns the time that it shows.
    pub(crate) fn shows(&self, at: Millis) -> Instant {
        let (ahead, back) = if at >= self.jumps_at { (self.ahead, self.back) } else { (0, 0) };
        Instant::from_millis(self.epoch + at * self.rate / MILLION + ahead - back)
    }

    /// Returns the end of a sleep that begins now and lasts until `until`. A jump of the clock ends the sleep early.
    pub(crate) fn wakes(&self, now: Millis, until: Instant) -> Millis {
        let shown = self.shows(now).as_millis();
        let left = until.as_millis().saturating_sub(shown);
        // One more, because the shown time is rounded down.
        let wakes = if self.rate == MILLION {
            now.saturating_add(left)
        } else {
            now.saturating_add(left.saturating_mul(MILLION) / self.rate).saturating_add(u64::from(left > 0))
        };
        if now < self.jumps_at { wakes.min(self.jumps_at) } else { wakes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_ends_when_the_clock_says_so_or_jumps() {
        for device in 0..1000 {
            for clocks in [Clocks::Good, Clocks::Bad { jumps_before: 5_000_000 }] {
                let clock = Clock::of_device(clocks, 7, device);
                for (now, span) in [(0, 1), (3, 86_399_000), (1_000_000, 600_000), (6_000_000, 17)] {
                    let until = Instant::from_millis(clock.shows(now).as_millis() + span);
                    let wakes = clock.wakes(now, until);
                    assert!(wakes > now);
                    assert!(clock.shows(wakes) >= until || wakes == clock.jumps_at);
                    if wakes != clock.jumps_at {
                        assert!(clock.shows(wakes).as_millis() <= until.as_millis() + 2, "not much too late");
                    }
                }
            }
        }
    }

    #[test]
    fn inaccurate_clocks_are_within_the_documented_bounds() {
        let clocks = Clocks::Bad { jumps_before: 1000 };
        let drifts = (0..1000).map(|device| {
            let clock = Clock::of_device(clocks, 1, device);
            clock.shows(101_000_000).as_millis() - clock.shows(1_000_000).as_millis()
        });
        let (least, most) = drifts.fold((u64::MAX, 0), |(least, most), it| (it.min(least), it.max(most)));
        assert!((99_500_000..99_600_000).contains(&least));
        assert!((100_400_000..=100_500_000).contains(&most));
    }
}
