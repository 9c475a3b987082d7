//! What a board logs of a panic before it starts again: the addresses of the calls that led there, innermost first.
//!
//! They are addresses because everything else would have to be in the image: a handler that asks a panic for its place or its
//! message makes the linker keep path, line and text of each place that can panic. With debug information the ELF file knows
//! more than those would say, functions that were inlined included: `llvm-addr2line -aipCfe <ELF file> <addresses>`.
//!
//! The feature `places` logs file and line besides, for who wants to see them at once and has the flash.
#![no_std]

mod calls;

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::calls::Calls;

/// Logs a panic; the first one only, since what panics in the logger must not log.
///
/// For a panic handler, which afterwards ends or resets the board. Never returns into what panicked, and does not panic.
// Inlined, it is seen that nobody asks for the message.
#[inline]
pub fn log(info: &PanicInfo<'_>) {
    static BEFORE: AtomicBool = AtomicBool::new(false);
    if BEFORE.swap(true, Ordering::Relaxed) {
        return;
    }
    log_place(info);
    log_calls();
}

#[cfg(feature = "places")]
fn log_place(info: &PanicInfo<'_>) {
    if let Some(place) = info.location() {
        defmt::error!("panic in {=str} line {}", place.file(), place.line());
    }
}

#[cfg(not(feature = "places"))]
#[inline]
fn log_place(_: &PanicInfo<'_>) {}

#[inline(never)]
fn log_calls() {
    defmt::error!("panic, called from{}", Calls::here());
}
