//! The stack: how deep it was, and a guard at its end.

use cortex_m::peripheral::MPU;
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// The stack's lowest word, by the linker script.
    static _stack_end: u32;
    /// The word above its highest.
    static _stack_start: u32;
}

/// Bytes of the guard: what the memory protection unit can protect is a power of two, at a multiple of itself.
const GUARD: usize = 256;
/// Region attributes: no access for anybody; normal memory; enabled.
const NO_ACCESS: u32 = 1 << 28 | (GUARD.ilog2() - 1) << 1 | 1;
/// Control: on, and all that no region covers is as without the unit.
const ON_BESIDE_DEFAULTS: u32 = 1 << 2 | 1;

fn lowest() -> usize {
    (&raw const _stack_end).addr()
}

fn highest() -> usize {
    (&raw const _stack_start).addr()
}

/// The guard's first byte.
fn guard() -> usize {
    lowest().next_multiple_of(GUARD)
}

/// Makes access to the stack's last bytes a fault, so that a stack that is too deep never meets the statics below it.
pub fn protect(mpu: &MPU) {
    // SAFETY: selects a region, which does nothing yet.
    unsafe { mpu.rnr.write(0) };
    let address = u32::try_from(guard()).unwrap_or_default();
    // SAFETY: as above. The address is a multiple of the size.
    unsafe { mpu.rbar.write(address) };
    // SAFETY: nothing uses these bytes: they are above all statics, and the stack is not that deep, or this would not run.
    unsafe { mpu.rasr.write(NO_ACCESS) };
    // SAFETY: takes access to nothing but the region.
    unsafe { mpu.ctrl.write(ON_BESIDE_DEFAULTS) };
    cortex_m::asm::dsb();
    cortex_m::asm::isb();
}

/// The most bytes of stack that were ever in use.
#[must_use]
pub fn high_water() -> usize {
    let mut word = guard() + GUARD;
    // SAFETY: between the guard and the stack's upper end all is RAM, aligned, and written by the start code.
    while word < highest() && unsafe { (word as *const u32).read_volatile() } == STACK_PAINT_VALUE {
        word += 4;
    }
    highest() - word
}

/// Bytes that the stack has, without the guard.
#[must_use]
pub fn size() -> usize {
    highest() - guard() - GUARD
}
