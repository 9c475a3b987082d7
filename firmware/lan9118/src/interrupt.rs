//! The controller's interrupt: it wakes the network task, and stays masked until that task has run.

use core::task::Waker;

use embassy_sync::waitqueue::AtomicWaker;

use crate::{Registers, register};

/// State shared by the interrupt handler and the driver.
pub struct Interrupt {
    waker: AtomicWaker,
}

impl Interrupt {
    /// Creates the state, for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self { waker: AtomicWaker::new() }
    }

    /// Handles the controller's interrupt. To be called by the board's interrupt handler, with its own access to the registers.
    ///
    /// Masks all of the controller's interrupts. The driver unmasks them when no more frames are waiting.
    pub fn handle(&self, mut registers: impl Registers) {
        registers.write(register::INT_EN, 0);
        self.waker.wake();
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}

impl Default for Interrupt {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Interrupt").finish_non_exhaustive()
    }
}
