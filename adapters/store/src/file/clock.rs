//! The clock of the file store: time since the machine was started, carried over a restart by the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::values::EngineTime;

/// The kernel's identifier of the time since the machine was started.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// The first start that is recorded has times from here, so that those before a restart are positive too: more than any lifetime.
const EPOCH_MS: u64 = 1 << 45;

/// In place of the identifier where it cannot be read, as in a service of systemd with `ProcSubset=pid`.
const NO_BOOT_ID: &str = "-";

/// One reading of all clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) boot_id: String,
    /// Milliseconds since the machine was started, suspended time included.
    pub(super) boot_ms: u64,
    /// Milliseconds since 1970.
    pub(super) wall_ms: u64,
}

impl Reading {
    pub(super) fn now() -> Self {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let secs = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let boot_id = std::fs::read_to_string(BOOT_ID).unwrap_or_default();
        let boot_id = boot_id.trim();
        Self {
            boot_id: if boot_id.is_empty() { NO_BOOT_ID } else { boot_id }.to_owned(),
            boot_ms: secs.saturating_mul(1000).saturating_add(nanos / 1_000_000),
            wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
        }
    }

    pub(super) fn engine_time(&self) -> EngineTime {
        EngineTime::from_millis(EPOCH_MS.saturating_add(self.boot_ms))
    }

    /// Translates a time of an earlier reading to this one. `None` if the machine was restarted and its wall clock says that no time
    /// has passed since, or if the result cannot be represented.
    ///
    /// Where it is not known whether the machine was restarted, the clock by which more time has passed is right: a token may
    /// then end too early, and never too late.
    pub(super) fn translate(&self, earlier: &Self, time: EngineTime) -> Option<EngineTime> {
        if self.boot_id == earlier.boot_id && self.boot_id != NO_BOOT_ID {
            return Some(time);
        }
        let passed = self.wall_ms.checked_sub(earlier.wall_ms)?;
        let passed = passed.max(self.boot_ms.saturating_sub(earlier.boot_ms));
        let millis = time.as_millis().checked_add(self.boot_ms)?.checked_sub(earlier.boot_ms)?;
        millis.checked_sub(passed).map(EngineTime::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(boot_id: &str, boot_ms: u64, wall_ms: u64) -> Reading {
        Reading { boot_id: boot_id.to_owned(), boot_ms, wall_ms }
    }

    #[test]
    fn the_wall_clock_matters_only_across_a_restart_of_the_machine() {
        let before = reading("a", 50_000, 1_000_000);
        let end = before.engine_time().plus(genesys_token_core::time::Duration::from_secs(60));
        let later = reading("a", 80_000, 5);
        assert_eq!(
            later.translate(&before, end),
            Some(end),
            "the wall clock was set, which is of no concern"
        );
        // Twenty seconds later, five of them after the restart.
        let restarted = reading("b", 5_000, 1_020_000);
        let end = restarted.translate(&before, end).expect("a time");
        assert_eq!(end.since(restarted.engine_time()).as_secs(), 40);
        let set_back = reading("b", 5_000, 999_999);
        assert_eq!(set_back.translate(&before, end), None);
        // Without an identifier: thirty seconds by one clock, ten by the other.
        let (before, later) = (reading("-", 50_000, 1_000_000), reading("-", 60_000, 1_030_000));
        let end = before.engine_time().plus(genesys_token_core::time::Duration::from_secs(60));
        let end = later.translate(&before, end).expect("a time");
        assert_eq!(end.since(later.engine_time()).as_secs(), 30);
    }
}
