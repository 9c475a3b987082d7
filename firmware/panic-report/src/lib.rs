//! Report of a panic before a board resets: the addresses of the calls that led to it, innermost first.
//!
//! Only addresses, because everything else would have to be in the image: a handler that reads a panic's location or message
//! makes the linker keep path, line and text of each place that can panic. The debug information of the ELF file contains more
//! than those, inlined functions included: `llvm-addr2line -aipCfe <ELF file> <addresses>`.
//!
//! The feature `places` logs file and line as well, for boards that have the flash.
#![no_std]

mod calls;
mod memory;

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::calls::Calls;

/// Logs a panic; only the first one, because a panic in the logger must not log again.
///
/// To be called by a panic handler, which then resets the board. Does not panic.
// Inlined, so that the compiler sees that the message is not used.
#[inline]
pub fn log(info: &PanicInfo<'_>) {
    static REPORTED: AtomicBool = AtomicBool::new(false);
    if REPORTED.swap(true, Ordering::Relaxed) {
        return;
    }
    log_place(info);
    log_calls();
}

#[cfg(feature = "places")]
fn log_place(info: &PanicInfo<'_>) {
    if let Some(location) = info.location() {
        defmt::error!("panic in {=str} line {}", location.file(), location.line());
    }
}

#[cfg(not(feature = "places"))]
#[inline]
fn log_place(_: &PanicInfo<'_>) {}

#[inline(never)]
fn log_calls() {
    defmt::error!("panic, called from{}", Calls::here());
}
