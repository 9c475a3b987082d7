//! The interrupts' part of the vector table.

use crate::interrupt::Irq;
use crate::{ethernet, executor, serial, time};

type Handler = extern "C" fn();

/// The vector table after the exceptions; the linker script of cortex-m-rt places it there.
// SAFETY: the script names this section and symbol, and nothing else in the image uses them.
#[unsafe(link_section = ".vector_table.interrupts")]
// SAFETY: as above.
#[unsafe(no_mangle)]
static __INTERRUPTS: [Handler; 32] = {
    let mut table: [Handler; 32] = [unexpected; 32];
    table[Irq::Serial as usize] = serial::on_console;
    table[Irq::TimeSkip as usize] = serial::on_network;
    table[Irq::Timer as usize] = time::on_interrupt;
    table[Irq::Ethernet as usize] = ethernet::on_interrupt;
    table[Irq::Executor as usize] = executor::on_interrupt;
    table
};

/// Handles an interrupt that was never unmasked.
extern "C" fn unexpected() {
    panic!("an interrupt was raised that was never unmasked");
}
