//! Panics and processor faults: they are reported, and the emulation ends. A real board resets.

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};
use emulated::host::{self, Exit};

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panic_report::log(info);
    host::exit(Exit::Panic)
}

// SAFETY: relies on no state of the program: it writes a message and exits.
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    host::write_stderr("fault: stack overflow, or access to an invalid address\n");
    host::exit(Exit::Fault)
}

/// The watchdog was not fed.
// SAFETY: as above.
#[exception]
unsafe fn NonMaskableInt() {
    host::write_stderr("watchdog: no task has fed it; reset\n");
    SCB::sys_reset()
}
