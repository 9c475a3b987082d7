//! A number in RAM that a reset keeps.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;

/// The bytes after a number that was stored: after power-on the RAM has any content.
const STORED: [u8; 3] = *b"STA";

/// One word that the start code does not initialise.
struct Retained(UnsafeCell<MaybeUninit<u32>>);

// SAFETY: it is read and written as a single aligned word, which is never torn, and no reference to it exists.
unsafe impl Sync for Retained {}

/// The start code of cortex-m-rt leaves this section as it is.
// SAFETY: the value needs no initialisation.
#[unsafe(link_section = ".uninit.STARTS")]
static WORD: Retained = Retained(UnsafeCell::new(MaybeUninit::uninit()));

/// Returns the number that was stored; 0 after power-on.
pub(crate) fn load() -> u8 {
    // SAFETY: RAM of this program, aligned. Volatile, so the word is what the RAM holds, from before the reset or from power-on, and
    // every value of it is valid.
    let word = unsafe { WORD.0.get().cast::<u32>().read_volatile() };
    let [number, mark @ ..] = word.to_le_bytes();
    if mark == STORED { number } else { 0 }
}

pub(crate) fn store(number: u8) {
    let [a, b, c] = STORED;
    // SAFETY: as in `load`.
    unsafe { WORD.0.get().cast::<u32>().write_volatile(u32::from_le_bytes([number, a, b, c])) }
}
