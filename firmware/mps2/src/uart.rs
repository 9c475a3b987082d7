//! A serial line (CMSDK UART). The emulator ignores its bit rate.

use cortex_m::peripheral::NVIC;

use crate::interrupt::Irq;

const DATA: usize = 0x0;
const STATE: usize = 0x4;
const CONTROL: usize = 0x8;
const CLEAR: usize = 0xc;
const DIVIDER: usize = 0x10;

/// State: the transmit buffer is full; a byte was received.
const TX_FULL: u32 = 1;
const RX_FULL: u32 = 1 << 1;
/// Control: send and receive, and interrupt when a byte was received.
const OPEN: u32 = 1 << 3 | 1 << 1 | 1;
/// Clears the receive interrupt.
const RECEIVED: u32 = 1 << 1;
/// The smallest divider allowed.
const FASTEST: u32 = 16;

/// A serial line at the address of its registers.
pub(crate) struct Uart(usize);

/// The console.
pub(crate) const FIRST: Uart = Uart(0x4000_4000);
/// The line to the network, which grants time skips.
pub(crate) const SECOND: Uart = Uart(0x4000_5000);

impl Uart {
    /// Opens the line; `received` is the interrupt raised for each byte.
    pub(crate) fn open(&self, received: Irq) {
        self.write(DIVIDER, FASTEST);
        self.write(CONTROL, OPEN);
        // SAFETY: the handler is in the vector table, and no critical section relies on this interrupt being masked.
        unsafe { NVIC::unmask(received) };
    }

    /// Passes each received byte to `take`; called by the interrupt handler.
    pub(crate) fn receive(&self, mut take: impl FnMut(u8)) {
        self.write(CLEAR, RECEIVED);
        while self.read(STATE) & RX_FULL != 0 {
            let [byte, ..] = self.read(DATA).to_le_bytes();
            take(byte);
        }
    }

    /// Sends a byte, after waiting until the transmit buffer has space for it.
    pub(crate) fn send(&self, byte: u8) {
        while self.read(STATE) & TX_FULL != 0 {}
        self.write(DATA, byte.into());
    }

    fn read(&self, register: usize) -> u32 {
        // SAFETY: the two lines above are the only ones, and all callers pass offsets of their registers, which always exist
        // and overlap no Rust object.
        unsafe { ((self.0 + register) as *const u32).read_volatile() }
    }

    fn write(&self, register: usize, value: u32) {
        // SAFETY: as in `read`; and the device has no access to memory.
        unsafe { ((self.0 + register) as *mut u32).write_volatile(value) }
    }
}
