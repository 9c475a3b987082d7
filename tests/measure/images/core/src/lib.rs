//! Shared by the images: inputs that the compiler cannot see through, measurement, and a console.
//!
//! An image contains one part of core and the measurement, nothing else; the image `baseline` contains the measurement alone. The
//! emulator writes the bodies to parse into the board's memory, so that they take no flash.
#![no_std]

mod console;
mod firmware;
pub mod input;
pub mod measurement;
pub mod parts;

/// Never reached: `cargo xtask no-panic` fails when the linker keeps this function.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    semihosting::process::abort()
}
