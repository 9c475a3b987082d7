//! The panic handler: logs the panic and resets the board, as a fault at the start does.

use core::panic::PanicInfo;

use esp_hal::delay::Delay;
use esp_hal::system::software_reset;

/// Time in milliseconds for a debug probe to read the last lines of the log.
const LOG_TIME: u32 = 100;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panic_report::log(info);
    reset()
}

/// Resets the board.
pub(crate) fn reset() -> ! {
    Delay::new().delay_millis(LOG_TIME);
    software_reset()
}
