//! The board's interrupts, and their part of the vector table.

use cortex_m::interrupt::InterruptNumber;

use crate::{ethernet, executor, serial, time, time_skip};

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

type Handler = extern "C" fn();

/// The vector table after the exceptions; the linker script of cortex-m-rt places it there.
// SAFETY: the script names this section and symbol, and nothing else in the image uses them.
#[unsafe(link_section = ".vector_table.interrupts")]
// SAFETY: as above.
#[unsafe(no_mangle)]
static __INTERRUPTS: [Handler; 32] = {
    let mut table: [Handler; 32] = [unexpected; 32];
    table[Irq::Serial as usize] = serial::on_interrupt;
    table[Irq::TimeSkip as usize] = time_skip::on_interrupt;
    table[Irq::Timer as usize] = time::on_interrupt;
    table[Irq::Ethernet as usize] = ethernet::on_interrupt;
    table[Irq::Executor as usize] = executor::on_interrupt;
    table
};

/// Handles an interrupt that was never unmasked.
extern "C" fn unexpected() {
    panic!("an interrupt was raised that was never unmasked");
}
