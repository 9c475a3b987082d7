//! The interrupts of the machine's devices, by number, and their controller (PLIC).

use riscv::interrupt::Interrupt;
use riscv::register::mie;

use crate::registers::INTERRUPTS;

const PRIORITY: usize = 0x0;
const ENABLE: usize = 0x2000;
const THRESHOLD: usize = 0x20_0000;
/// Read to claim an interrupt, written to complete it.
const CLAIM: usize = 0x20_0004;

/// The interrupts that are used, by their numbers.
#[derive(Clone, Copy)]
pub(crate) enum Irq {
    /// The first virtio device.
    Ethernet = 1,
    /// A byte was received on the first serial line.
    Console = 10,
    /// A byte was received on the second one, the device in slot 1 of the PCI bus.
    Network = 33,
}

/// Enables an interrupt of a device, once interrupts are enabled at all.
pub(crate) fn enable(irq: Irq) {
    let number = irq as usize;
    INTERRUPTS.write(PRIORITY + 4 * number, 1);
    let register = ENABLE + 4 * (number / 32);
    INTERRUPTS.write(register, INTERRUPTS.read(register) | 1 << (number % 32));
}

/// Enables the processor's interrupts. To be called once.
pub(crate) fn start() {
    INTERRUPTS.write(THRESHOLD, 0);
    // SAFETY: the handler is in `handlers`, and no critical section relies on this interrupt being masked.
    unsafe { mie::enable(Interrupt::MachineExternal) };
    // SAFETY: as above.
    unsafe { mie::enable(Interrupt::MachineTimer) };
    // SAFETY: called outside of critical sections, by the main loop before it starts.
    unsafe { riscv::interrupt::enable() };
}

/// Returns the number of a pending interrupt, which is to be [completed](complete).
pub(crate) fn claim() -> Option<u32> {
    Some(INTERRUPTS.read(CLAIM)).filter(|number| *number != 0)
}

/// Completes an interrupt: it may be raised again.
pub(crate) fn complete(number: u32) {
    INTERRUPTS.write(CLAIM, number);
}
