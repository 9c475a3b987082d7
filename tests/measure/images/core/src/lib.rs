//! What the images share: inputs the compiler knows nothing of, a measuring room, and a voice.
//!
//! An image that is weighed holds one part of core and this room, nothing else; the image `baseline` holds the room alone.
//! The bodies to parse are put into the board's memory by the emulator, so that they weigh nothing.
#![no_std]

mod firmware;
pub mod input;
pub mod parts;
pub mod room;
mod voice;

/// Never reached: `cargo xtask no-panic` fails when the linker keeps this function.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    semihosting::process::abort()
}
