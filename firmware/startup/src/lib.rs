//! The start of a board: one that does not complete ends in a reset, and each further one in a row waits longer before it begins.
//!
//! The number of starts that did not complete is in RAM that a reset keeps, whatever caused the reset: a fault that [`Startup::failed`] reports, a
//! panic, or the watchdog. [`Startup::supervise`] feeds the watchdog only while the start is within its limit, so a start that hangs ends as
//! well.
#![no_std]

mod retained;

use core::sync::atomic::{AtomicBool, Ordering};

use defmt::{error, warn};
use embassy_time::Timer;

/// The longest wait before a start is 2 to the power of this, in seconds.
const LONGEST_WAIT: u8 = 9;

static IS_COMPLETE: AtomicBool = AtomicBool::new(false);

/// A start that has begun.
#[derive(Debug, Clone, Copy)]
pub struct Startup {
    /// Starts in a row before this one that did not complete.
    failed: u8,
}

impl Startup {
    /// Counts a start. To be called once, first of all.
    #[must_use]
    pub fn begin() -> Self {
        let startup = Self { failed: retained::load() };
        retained::store(startup.failed.saturating_add(1));
        startup
    }

    /// Waits before the hardware is started: not after a start that completed; 1 s after one that did not, and twice as long after each
    /// further one, up to 512 s.
    pub async fn back_off(self) {
        if self.failed > 0 {
            warn!("starts in a row that did not complete: {=u8}; waiting {=u32} s", self.failed, self.wait());
            Timer::after_secs(self.wait().into()).await;
        }
    }

    /// Records that the start is complete: the next one does not wait, and the watchdog is fed without limit.
    pub fn completed(self) {
        retained::store(0);
        IS_COMPLETE.store(true, Ordering::Relaxed);
    }

    /// Feeds the watchdog every second with `feed`, until the start takes longer than its wait and `limit`, in seconds. Never returns.
    pub async fn supervise(self, limit: u32, mut feed: impl FnMut()) {
        let mut left = self.wait().saturating_add(limit);
        while left > 0 || IS_COMPLETE.load(Ordering::Relaxed) {
            feed();
            Timer::after_secs(1).await;
            left = left.saturating_sub(1);
        }
        error!("the start does not complete; the watchdog resets the board");
        core::future::pending::<()>().await;
    }

    /// Resets the board after a fault at its start, which the caller has logged.
    pub fn failed(self, reset: fn() -> !) -> ! {
        error!("the start has failed; the board is reset");
        reset()
    }

    /// Returns the seconds to wait.
    fn wait(self) -> u32 {
        self.failed.checked_sub(1).map_or(0, |more| 1 << more.min(LONGEST_WAIT))
    }
}
