//! The board's LAN9118: its address, its interrupt, and counters of its frames.

use core::sync::atomic::{AtomicU32, Ordering};

use cortex_m::peripheral::NVIC;
use lan9118::{Fault, Frames, Interrupt, Lan9118, Registers};
use static_cell::ConstStaticCell;

use crate::interrupt::Irq;

/// Address of the controller's registers, and their size in bytes.
const BASE: usize = 0x4020_0000;
const LENGTH: usize = 0x100;

static INTERRUPT: Interrupt = Interrupt::new();

/// Offsets of the registers to which frames are written and from which statuses of received frames are read.
const TX_DATA: usize = 0x20;
const RX_STATUS: usize = 0x40;
/// The frame length in the first word of a frame.
const FRAME_LENGTH: u32 = 0x7ff;

/// Frames written, frames read, and words still missing from the frame being written.
static SENT: AtomicU32 = AtomicU32::new(0);
static RECEIVED: AtomicU32 = AtomicU32::new(0);
static WORDS_LEFT: AtomicU32 = AtomicU32::new(0);

/// The network driver of this board.
pub type Driver = Lan9118<Bus>;

/// The controller's registers in the address space.
#[derive(Debug)]
pub struct Bus {
    /// Otherwise every read returns ones, as from a bus without a controller.
    is_connected: bool,
}

impl Registers for Bus {
    fn read(&mut self, offset: usize) -> u32 {
        assert!(offset < LENGTH && offset.is_multiple_of(4));
        if !self.is_connected {
            return u32::MAX;
        }
        if offset == RX_STATUS {
            count(&RECEIVED);
        }
        // SAFETY: the address is that of a register of the controller, aligned, and always present on this board. No Rust object
        // is at it.
        unsafe { ((BASE + offset) as *const u32).read_volatile() }
    }

    fn write(&mut self, offset: usize, value: u32) {
        assert!(offset < LENGTH && offset.is_multiple_of(4));
        if offset == TX_DATA {
            let left = WORDS_LEFT.load(Ordering::Relaxed);
            let first = left == 0;
            if first {
                count(&SENT);
            }
            // The first word is followed by a second one and the frame.
            let left = if first { 1 + (value & FRAME_LENGTH).div_ceil(4) } else { left - 1 };
            WORDS_LEFT.store(left, Ordering::Relaxed);
        }
        // SAFETY: as in `read`; and the controller has no access to memory, so no value can harm any.
        unsafe { ((BASE + offset) as *mut u32).write_volatile(value) }
    }
}

/// Increments a counter. Only the network task does so, hence no atomic read-modify-write is needed.
fn count(frames: &AtomicU32) {
    frames.store(frames.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// Returns how many frames were sent and received since the start, discarded ones included.
pub(crate) fn frames() -> (u32, u32) {
    (SENT.load(Ordering::Relaxed), RECEIVED.load(Ordering::Relaxed))
}

/// Starts the controller. To be called once. `is_connected`: `false` for a test of a board without a controller.
///
/// # Errors
///
/// [`Fault`] when the controller does not respond as a LAN9118 does.
pub fn start(is_connected: bool) -> Result<Driver, Fault> {
    static FRAMES: ConstStaticCell<Frames> = ConstStaticCell::new(Frames::new());
    let driver = Lan9118::start(Bus { is_connected }, &INTERRUPT, FRAMES.take())?;
    // SAFETY: the handler is in the vector table, and no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Irq::Ethernet) };
    Ok(driver)
}

/// Handles the controller's interrupt.
pub(crate) extern "C" fn on_interrupt() {
    INTERRUPT.handle(Bus { is_connected: true });
}
