//! The stack: its high-water mark, and what catches an overflow.
//!
//! The stack is directly above the flash region, which is write-protected. So the first write below the stack is a fault, however large
//! the frame is, and no byte of RAM is lost for it.

use core::arch::asm;

use riscv::register::{pmpaddr0, pmpcfg0};

unsafe extern "C" {
    /// The stack's lowest word, defined by the linker script of riscv-rt.
    static __estack: u32;
    /// The word above its highest one.
    static _stack_start: u32;
    /// The flash region's first byte, defined by the board's memory map.
    static _flash_start: u8;
    /// The byte behind its last one.
    static _flash_end: u8;
}

/// Configuration of a protected region: its permissions hold in every mode and until the next reset; its size is a power of two; it is
/// executed and read.
const LOCKED_CODE: usize = 1 << 7 | 3 << 3 | 1 << 2 | 1;
/// What unused words of the stack contain.
const PAINT: u32 = 0xcccc_cccc;

fn lowest() -> usize {
    (&raw const __estack).addr()
}

fn highest() -> usize {
    (&raw const _stack_start).addr()
}

/// Makes every write to the flash region a fault, also of a stack that overflows. To be called at the start of `main`.
pub fn protect() {
    let (start, end) = ((&raw const _flash_start).addr(), (&raw const _flash_end).addr());
    // A region of 2^n bytes: the address in words, with n - 3 ones in the lowest bits. The memory map has such a size and address.
    let address = start >> 2 | (((end - start) >> 3) - 1);
    // SAFETY: sets an address, which has no effect yet.
    unsafe { pmpaddr0::write(address) };
    // SAFETY: the region contains code and constants, which are read and executed, and no Rust object that is written.
    unsafe { pmpcfg0::write(LOCKED_CODE) };
    paint();
}

/// Fills the unused stack, for [`high_water`].
fn paint() {
    // SAFETY: writes from the stack's lowest word up to the stack pointer, aligned: RAM that no frame uses, since frames are at and
    // above the stack pointer and there is no interrupt yet that would add one.
    unsafe {
        asm!(
            "1:",
            "bgeu {word}, sp, 2f",
            "sw {paint}, 0({word})",
            "addi {word}, {word}, 4",
            "j 1b",
            "2:",
            word = inout(reg) lowest() => _,
            paint = in(reg) PAINT,
            options(nostack),
        );
    }
}

/// Returns the largest number of bytes of stack that were ever in use.
#[must_use]
pub fn high_water() -> usize {
    let mut word = lowest();
    // SAFETY: between the stack's ends all is RAM, aligned, and written by `paint` or by frames.
    while word < highest() && unsafe { (word as *const u32).read_volatile() } == PAINT {
        word += 4;
    }
    highest() - word
}

/// Returns the size of the stack in bytes.
#[must_use]
pub fn size() -> usize {
    highest() - lowest()
}
