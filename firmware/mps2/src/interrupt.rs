//! The board's interrupts, and the part of the vector table that is theirs.

use cortex_m::interrupt::InterruptNumber;

use crate::{ethernet, executor, leap, serial, time};

/// The interrupts that are used, by their numbers.
#[derive(Clone, Copy)]
#[repr(u16)]
pub(crate) enum Irq {
    /// Something came over the first serial line.
    Serial = 0,
    /// Something came over the second one.
    Leap = 2,
    /// The dual timer.
    Timer = 10,
    /// The LAN9118.
    Ethernet = 13,
    /// Of no device here: the executor pends it.
    Executor = 31,
}

// SAFETY: each variant is a distinct number, and one that this processor has: it has 32 interrupts.
unsafe impl InterruptNumber for Irq {
    fn number(self) -> u16 {
        self as u16
    }
}

type Handler = extern "C" fn();

/// What comes behind the exceptions in the vector table; the linker script of cortex-m-rt puts it there.
// SAFETY: the script names this section and symbol, and nothing else in the image uses them.
#[unsafe(link_section = ".vector_table.interrupts")]
// SAFETY: as above.
#[unsafe(no_mangle)]
static __INTERRUPTS: [Handler; 32] = {
    let mut table: [Handler; 32] = [unexpected; 32];
    table[Irq::Serial as usize] = serial::on_interrupt;
    table[Irq::Leap as usize] = leap::on_interrupt;
    table[Irq::Timer as usize] = time::on_interrupt;
    table[Irq::Ethernet as usize] = ethernet::on_interrupt;
    table[Irq::Executor as usize] = executor::on_interrupt;
    table
};

/// Of an interrupt that was never unmasked.
extern "C" fn unexpected() {
    panic!("an interrupt came that nobody asked for");
}
