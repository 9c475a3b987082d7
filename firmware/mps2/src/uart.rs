//! A serial line, CMSDK UART. The emulator has no speed.

use cortex_m::peripheral::NVIC;

use crate::interrupt::Irq;

const DATA: usize = 0x0;
const STATE: usize = 0x4;
const CONTROL: usize = 0x8;
const CLEAR: usize = 0xc;
const DIVIDER: usize = 0x10;

/// State: there is no room for a byte to send; a byte has come.
const NO_ROOM: u32 = 1;
const FULL: u32 = 1 << 1;
/// Control: send and receive, and interrupt when a byte has come.
const OPEN: u32 = 1 << 3 | 1 << 1 | 1;
/// Which interrupt is cleared.
const RECEIVED: u32 = 1 << 1;
/// The least that is allowed.
const FASTEST: u32 = 16;

/// A line, by the address of its registers.
pub(crate) struct Uart(usize);

/// The console.
pub(crate) const FIRST: Uart = Uart(0x4000_4000);
/// To whoever has the time in hand.
pub(crate) const SECOND: Uart = Uart(0x4000_5000);

impl Uart {
    /// Opens the line, whose bytes come by this interrupt.
    pub(crate) fn open(&self, received: Irq) {
        self.write(DIVIDER, FASTEST);
        self.write(CONTROL, OPEN);
        // SAFETY: the handler is in the table, and no critical section relies on this interrupt being masked.
        unsafe { NVIC::unmask(received) };
    }

    /// Gives each byte that has come; for the interrupt.
    pub(crate) fn receive(&self, mut take: impl FnMut(u8)) {
        self.write(CLEAR, RECEIVED);
        while self.read(STATE) & FULL != 0 {
            let [byte, ..] = self.read(DATA).to_le_bytes();
            take(byte);
        }
    }

    /// Sends a byte, when there is room for it.
    pub(crate) fn send(&self, byte: u8) {
        while self.read(STATE) & NO_ROOM != 0 {}
        self.write(DATA, byte.into());
    }

    fn read(&self, register: usize) -> u32 {
        // SAFETY: there are no lines but the two above, and all callers name registers of one, which are always there and have
        // no object of Rust at them.
        unsafe { ((self.0 + register) as *const u32).read_volatile() }
    }

    fn write(&self, register: usize, value: u32) {
        // SAFETY: as in `read`; and the lines have no access to memory.
        unsafe { ((self.0 + register) as *mut u32).write_volatile(value) }
    }
}
