//! The first serial line, CMSDK UART, as the gateway's console: it only receives.

use cortex_m::peripheral::NVIC;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use gateway::Console;

use crate::interrupt::Irq;

const UART: usize = 0x4000_4000;
const DATA: usize = UART;
const STATE: usize = UART + 0x4;
const CONTROL: usize = UART + 0x8;
const CLEAR: usize = UART + 0xc;
const DIVIDER: usize = UART + 0x10;

/// State: a byte has come.
const FULL: u32 = 1 << 1;
/// Control: receive, and interrupt then.
const RECEIVE: u32 = 1 << 3 | 1 << 1;
/// Which interrupt is cleared.
const RECEIVED: u32 = 1 << 1;
/// The least that is allowed; the emulator has no speed.
const FASTEST: u32 = 16;

/// Room for a command; what is sent while there is none is lost.
static BYTES: Channel<CriticalSectionRawMutex, u8, 256> = Channel::new();

/// The receiving end.
pub(crate) struct Serial(());

/// Opens the line. To be called once.
pub(crate) fn open() -> Serial {
    write(DIVIDER, FASTEST);
    write(CONTROL, RECEIVE);
    // SAFETY: the handler is in the table, and no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Irq::Serial) };
    Serial(())
}

/// The line's interrupt.
pub(crate) extern "C" fn on_interrupt() {
    write(CLEAR, RECEIVED);
    while read(STATE) & FULL != 0 {
        let [byte, ..] = read(DATA).to_le_bytes();
        let _ = BYTES.try_send(byte);
    }
}

impl Console for Serial {
    async fn read(&mut self) -> u8 {
        BYTES.receive().await
    }
}

fn read(register: usize) -> u32 {
    // SAFETY: all callers name registers of the UART, which are always there and have no object of Rust at them.
    unsafe { (register as *const u32).read_volatile() }
}

fn write(register: usize, value: u32) {
    // SAFETY: as in `read`; and the UART has no access to memory.
    unsafe { (register as *mut u32).write_volatile(value) }
}
