//! The stack: its high-water mark, and a guard at its end.

use cortex_m::peripheral::MPU;
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// The stack's lowest word, defined by the linker script.
    static _stack_end: u32;
    /// The word above its highest one.
    static _stack_start: u32;
}

/// Bytes of the guard: the size of an MPU region is a power of two, and its address a multiple of that.
const GUARD: usize = 256;
/// Region attributes: no access, normal memory, enabled.
const NO_ACCESS: u32 = 1 << 28 | (GUARD.ilog2() - 1) << 1 | 1;
/// Control: enabled, with the default memory map for everything outside the regions.
const ENABLE_WITH_DEFAULT_MAP: u32 = 1 << 2 | 1;

fn lowest() -> usize {
    (&raw const _stack_end).addr()
}

fn highest() -> usize {
    (&raw const _stack_start).addr()
}

/// Address of the guard's first byte.
fn guard() -> usize {
    lowest().next_multiple_of(GUARD)
}

/// Makes every access to the stack's last bytes a fault, so that a stack overflow never reaches the statics below it.
pub fn protect(mpu: &MPU) {
    // SAFETY: selects a region, which has no effect yet.
    unsafe { mpu.rnr.write(0) };
    let address = u32::try_from(guard()).unwrap_or_default();
    // SAFETY: as above. The address is a multiple of the size.
    unsafe { mpu.rbar.write(address) };
    // SAFETY: nothing uses these bytes: they are above all statics, and the stack has not reached them, or this would not run.
    unsafe { mpu.rasr.write(NO_ACCESS) };
    // SAFETY: denies access to the region only.
    unsafe { mpu.ctrl.write(ENABLE_WITH_DEFAULT_MAP) };
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}

/// Returns the largest number of bytes of stack that were ever in use.
#[must_use]
pub fn high_water() -> usize {
    let mut word = guard() + GUARD;
    // SAFETY: between the guard and the stack's upper end all is RAM, aligned, and written by the start code.
    while word < highest() && unsafe { (word as *const u32).read_volatile() } == STACK_PAINT_VALUE {
        word += 4;
    }
    highest() - word
}

/// Returns the size of the stack in bytes, without the guard.
#[must_use]
pub fn size() -> usize {
    highest() - guard() - GUARD
}
