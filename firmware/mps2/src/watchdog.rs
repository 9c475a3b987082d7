//! The CMSDK watchdog. It raises the non-maskable interrupt when it was not fed in time; the board's handler resets.

const LOAD: usize = 0x4000_8000;
const CONTROL: usize = 0x4000_8008;
const CLEAR: usize = 0x4000_800c;

/// Enables the counter with its interrupt, and the reset at the second timeout.
const ENABLE: u32 = 1 | 1 << 1;
/// It counts down at 25 MHz.
const TICKS_PER_SECOND: u32 = 25_000_000;

/// The running watchdog.
#[derive(Debug)]
pub struct Watchdog(());

/// Starts the watchdog. To be called once. `timeout` in seconds: at most 171.
#[must_use]
pub fn start(timeout: u32) -> Watchdog {
    write(LOAD, timeout.saturating_mul(TICKS_PER_SECOND));
    write(CONTROL, ENABLE);
    Watchdog(())
}

impl Watchdog {
    /// Starts the timeout again.
    pub fn feed(&mut self) {
        write(CLEAR, 1);
    }
}

fn write(register: usize, value: u32) {
    // SAFETY: all callers pass addresses of registers of the watchdog, which always exist, overlap no Rust object, and have no access
    // to memory.
    unsafe { (register as *mut u32).write_volatile(value) }
}
