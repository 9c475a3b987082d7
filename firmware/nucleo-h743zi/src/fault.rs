//! A panic is logged, and the board starts again.

use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panic_report::log(info);
    cortex_m::peripheral::SCB::sys_reset()
}
