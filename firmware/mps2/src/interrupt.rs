//! The board's interrupts, by number.

use cortex_m::interrupt::InterruptNumber;

/// The interrupts that are used, by their numbers.
#[derive(Clone, Copy)]
#[repr(u16)]
pub(crate) enum Irq {
    /// A byte was received on the first serial line.
    Serial = 0,
    /// A byte was received on the second one.
    TimeSkip = 2,
    /// The dual timer.
    Timer = 10,
    /// The LAN9118.
    Ethernet = 13,
    /// Belongs to no device here: the executor pends it.
    Executor = 31,
}

// SAFETY: each variant is a distinct number, and one that this processor has: it has 32 interrupts.
unsafe impl InterruptNumber for Irq {
    fn number(self) -> u16 {
        self as u16
    }
}
