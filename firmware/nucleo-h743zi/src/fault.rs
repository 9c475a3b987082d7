//! A panic is logged, and the board starts again.

use core::panic::PanicInfo;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if let Some(place) = info.location() {
        defmt::error!("panic in {=str} line {}", place.file(), place.line());
    }
    cortex_m::peripheral::SCB::sys_reset()
}
