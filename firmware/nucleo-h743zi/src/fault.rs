//! The panic handler: logs the panic and resets the board.

use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panic_report::log(info);
    cortex_m::peripheral::SCB::sys_reset()
}
