//! The panic handler: logs the panic and resets the board, as a fault at the start does.

use core::panic::PanicInfo;

/// A tenth of a second in processor cycles, for a debug probe to read the last lines of the log.
const LOG_TIME: u32 = 40_000_000;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panic_report::log(info);
    reset()
}

/// Resets the board.
pub(crate) fn reset() -> ! {
    cortex_m::asm::delay(LOG_TIME);
    cortex_m::peripheral::SCB::sys_reset()
}
