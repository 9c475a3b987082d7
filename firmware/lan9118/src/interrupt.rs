//! The controller's interrupt: it wakes the network task, and is quiet until that has looked.

use core::task::Waker;

use embassy_sync::waitqueue::AtomicWaker;

use crate::{Registers, register};

/// What the interrupt handler and the driver have in common.
pub struct Interrupt {
    waker: AtomicWaker,
}

impl Interrupt {
    /// For a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self { waker: AtomicWaker::new() }
    }

    /// To be called by the handler of the controller's interrupt, with registers of its own.
    ///
    /// Masks all of the controller's interrupts. The driver unmasks them when it has found nothing more to do.
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
