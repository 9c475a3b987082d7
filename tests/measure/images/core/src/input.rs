//! Inputs that are opaque to the compiler.
//!
//! The emulator writes the body to parse into the board's memory before the image starts (`-device loader`): its length to
//! `LENGTH`, its bytes to `BYTES`, in memory that the image does not use. So a body takes no flash.

use core::hint::black_box;

/// The board's external RAM, which the linker does not know.
const LENGTH: *const u32 = 0x2100_0000 as *const u32;
const BYTES: *const u8 = 0x2100_0010 as *const u8;

/// More than the length of the largest measured body.
const CAPACITY: usize = 8192;

/// A buffer in static memory, as a device would have it.
static mut BUFFER: [u8; CAPACITY] = [0; CAPACITY];

/// Returns the bytes in place, for a part that only reads them.
#[must_use]
pub fn bytes() -> &'static [u8] {
    // SAFETY: the memory exists on this board, and nothing writes to it.
    black_box(unsafe { core::slice::from_raw_parts(BYTES, LENGTH.read_volatile() as usize) })
}

/// The settings of a client and of its request.
pub struct Client {
    pub id: &'static str,
    pub secret: &'static str,
    pub scope: &'static str,
}

/// It is in the image `baseline` as well, so that it is not counted for a part of core.
static CLIENT: Client = Client {
    id: "6b0ca5f2-6b2c-4a55-8d1e-5f3a3c1a9f0e",
    secret: "5rX3m2VtQ0sYJ8nGkW7cLh1ZpDfUaE9bTqRyNvBxMiO",
    scope: "analytics routing:readonly",
};

#[inline(never)]
pub fn client() -> &'static Client {
    black_box(&CLIENT)
}

/// Returns a number that the compiler cannot see through.
#[inline(never)]
pub fn number() -> u32 {
    black_box(7)
}

/// Returns a fresh copy of the body, in the only buffer: the former borrower must have finished with it.
#[inline(never)]
pub fn body() -> &'static mut [u8] {
    // SAFETY: the memory exists on this board. The parts run one after the other, and each calls this once.
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
