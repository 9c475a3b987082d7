//! The watchdog, a PCI device (Intel 6300ESB), because the machine has none of its own.

use crate::registers::{PCI_SLOT_2, WATCHDOG, WATCHDOG_ADDRESS};

/// Of the device's configuration: the command register and its bit for memory, the address of the registers, the interrupt at the end of
/// the first stage, the lock register and its bit that enables the watchdog.
const PCI_COMMAND: usize = 0x4;
const PCI_MEMORY: u32 = 1 << 1;
const PCI_BAR0: usize = 0x10;
const INTERRUPT: usize = 0x60;
const NO_INTERRUPT: u16 = 3;
const LOCK: usize = 0x68;
const ENABLE: u8 = 1 << 1;

/// The times of the two stages, in units of 2^15 ticks at 33 MHz: 1007 are a second. The board is reset after both.
const STAGES: [usize; 2] = [0x0, 0x4];
const UNITS_PER_SECOND: u32 = 1007;
/// The reload register: its bit that starts the first stage again, its bit that a reset of the watchdog sets and writing clears, and what
/// must be written to it before each write to any register.
const RELOAD: usize = 0xc;
const RESTART: u16 = 1 << 8;
const HAS_RESET: u16 = 1 << 9;
const UNLOCK: [u32; 2] = [0x80, 0x86];

/// The running watchdog.
#[derive(Debug)]
pub struct Watchdog {
    has_reset: bool,
}

/// Starts the watchdog. To be called once. `timeout` in seconds: at most 1000.
#[must_use]
pub fn start(timeout: u32) -> Watchdog {
    PCI_SLOT_2.write(PCI_BAR0, WATCHDOG_ADDRESS);
    PCI_SLOT_2.write(PCI_COMMAND, PCI_MEMORY);
    PCI_SLOT_2.write_half(INTERRUPT, NO_INTERRUPT);
    let has_reset = WATCHDOG.read_half(RELOAD) & HAS_RESET != 0;
    unlock();
    WATCHDOG.write_half(RELOAD, HAS_RESET);
    for (stage, units) in STAGES.into_iter().zip([timeout.saturating_mul(UNITS_PER_SECOND), 1]) {
        unlock();
        WATCHDOG.write(stage, units);
    }
    PCI_SLOT_2.write_byte(LOCK, ENABLE);
    Watchdog { has_reset }
}

impl Watchdog {
    /// Returns whether the board was reset by the watchdog before this start.
    #[must_use]
    pub fn has_reset(&self) -> bool {
        self.has_reset
    }

    /// Starts the timeout again.
    pub fn feed(&mut self) {
        unlock();
        WATCHDOG.write_half(RELOAD, RESTART);
    }
}

fn unlock() {
    for key in UNLOCK {
        WATCHDOG.write(RELOAD, key);
    }
}
