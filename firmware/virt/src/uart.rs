//! A serial line (16550). The emulator ignores its bit rate.

use crate::interrupt::{self, Irq};
use crate::registers::{FIRST_UART, PCI_SLOT_1, PORTS, Registers, SECOND_UART};

const DATA: usize = 0;
const INTERRUPT_ENABLE: usize = 1;
const LINE_STATUS: usize = 5;

/// Interrupt when a byte was received.
const RECEIVED: u8 = 1;
/// Status: a byte was received; the transmit buffer is empty.
const RX_READY: u8 = 1;
const TX_EMPTY: u8 = 1 << 5;

/// Of a PCI device's configuration: the command register and its bit for I/O ports, and the address of the ports.
const PCI_COMMAND: usize = 0x4;
const PCI_IO: u32 = 1;
const PCI_BAR0: usize = 0x10;

/// A serial line.
pub(crate) struct Uart(Registers);

/// The console.
pub(crate) const FIRST: Uart = Uart(FIRST_UART);
/// The line to the network, which grants time skips: a PCI device, because the machine has one serial line of its own.
pub(crate) const SECOND: Uart = Uart(SECOND_UART);

/// Gives the second line its address.
pub(crate) fn attach_second() {
    PCI_SLOT_1.write(PCI_BAR0, PORTS);
    PCI_SLOT_1.write(PCI_COMMAND, PCI_IO);
}

impl Uart {
    /// Opens the line; `received` is the interrupt raised for each byte, also for one that was received before.
    ///
    /// Without the FIFOs: enabling them would drop that byte.
    pub(crate) fn open(&self, received: Irq) {
        self.0.write_byte(INTERRUPT_ENABLE, RECEIVED);
        interrupt::enable(received);
    }

    /// Passes each received byte to `take`; called by the interrupt handler.
    pub(crate) fn receive(&self, mut take: impl FnMut(u8)) {
        while self.0.read_byte(LINE_STATUS) & RX_READY != 0 {
            take(self.0.read_byte(DATA));
        }
    }

    /// Sends a byte, after waiting until the transmit buffer is empty.
    pub(crate) fn send(&self, byte: u8) {
        while self.0.read_byte(LINE_STATUS) & TX_EMPTY == 0 {}
        self.0.write_byte(DATA, byte);
    }
}
