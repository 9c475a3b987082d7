//! Where the LAN9118 is on this board.

use cortex_m::peripheral::NVIC;
use lan9118::{Fault, Interrupt, Lan9118, Registers};

use crate::interrupt::Irq;

/// Address of the controller's registers, and how many bytes they take.
const BASE: usize = 0x4020_0000;
const LENGTH: usize = 0x100;

static INTERRUPT: Interrupt = Interrupt::new();

/// The network driver of this board.
pub(crate) type Driver = Lan9118<Bus>;

/// The controller's registers in the address space.
pub(crate) struct Bus(());

impl Registers for Bus {
    fn read(&mut self, offset: usize) -> u32 {
        assert!(offset < LENGTH && offset.is_multiple_of(4));
        // SAFETY: the address is that of a register of the controller, aligned, and always there on this board. Rust knows of
        // no object at it.
        unsafe { ((BASE + offset) as *const u32).read_volatile() }
    }

    fn write(&mut self, offset: usize, value: u32) {
        assert!(offset < LENGTH && offset.is_multiple_of(4));
        // SAFETY: as in `read`; and the controller has no access to memory, so no value can harm any.
        unsafe { ((BASE + offset) as *mut u32).write_volatile(value) }
    }
}

/// Starts the controller. To be called once.
pub(crate) fn start() -> Result<Driver, Fault> {
    let driver = Lan9118::start(Bus(()), &INTERRUPT)?;
    // SAFETY: the handler is in the table, and no critical section relies on this interrupt being masked.
    unsafe { NVIC::unmask(Irq::Ethernet) };
    Ok(driver)
}

/// The controller's interrupt.
pub(crate) extern "C" fn on_interrupt() {
    INTERRUPT.handle(Bus(()));
}
