//! Inputs that the compiler knows nothing of.
//!
//! The emulator writes the body to parse into the board's memory before the image starts (`-device loader`): its length
//! to `LENGTH`, its bytes to `BYTES`, in memory that the image does not use. So a body weighs nothing.

use core::hint::black_box;

/// The board's external RAM; the linker knows nothing of it.
const LENGTH: *const u32 = 0x2100_0000 as *const u32;
const BYTES: *const u8 = 0x2100_0010 as *const u8;

/// More than the largest body that is measured.
const CAPACITY: usize = 8192;

/// A buffer in static memory, as a device would have it.
static mut BUFFER: [u8; CAPACITY] = [0; CAPACITY];

/// A fresh copy of the body, in the one buffer there is: whoever had it before must have let go of it.
#[inline(never)]
pub fn body() -> &'static mut [u8] {
    // SAFETY: the memory is there on this board. The parts run one after the other, and each asks once.
    let (input, buffer) = unsafe {
        let length = (LENGTH.read_volatile() as usize).min(CAPACITY);
        (
            core::slice::from_raw_parts(BYTES, length),
            core::slice::from_raw_parts_mut((&raw mut BUFFER).cast(), length),
        )
    };
    for (to, from) in buffer.iter_mut().zip(input) {
        *to = *from;
    }
    black_box(buffer)
}
