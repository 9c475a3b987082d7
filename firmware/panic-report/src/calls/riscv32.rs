//! The call stack of a RISC-V processor: the words on the stack that are return addresses.
//!
//! Functions keep a frame pointer there only with a compiler flag that costs a tenth of the flash. So an address may be among the
//! calls that an earlier call left behind.

use core::arch::asm;

use crate::memory;

/// Passes the address of each call that led here to `take`, innermost first, until it returns false.
pub(super) fn each(mut take: impl FnMut(u32) -> bool) {
    let lowest: usize;
    // SAFETY: copies a register.
    unsafe { asm!("mv {}, sp", out(reg) lowest, options(nomem, nostack, preserves_flags)) };
    for address in (lowest.next_multiple_of(4)..memory::stack_end()).step_by(4) {
        // SAFETY: aligned, and between the stack pointer and the stack's upper end: RAM. On another stack there are no such addresses.
        let word = unsafe { (address as *const u32).read_volatile() };
        if let Some(call) = call_before(word as usize)
            && !u32::try_from(call).is_ok_and(&mut take)
        {
            return;
        }
    }
}

/// Returns the address of the call instruction that returns to `back`, if there is one.
fn call_before(back: usize) -> Option<usize> {
    let half = |address: usize| {
        // The last byte of the instruction must be code as well.
        let is_instruction =
            address.is_multiple_of(2) && memory::is_code(address) && memory::is_code(address + 2);
        // SAFETY: two bytes of code, aligned: initialised memory that is never written.
        is_instruction.then(|| unsafe { (address as *const u16).read_volatile() })
    };
    let [long, short] = [back.checked_sub(4)?, back.checked_sub(2)?];
    let (low, high) = (half(long), half(short)?);
    // jal ra, offset; jalr ra, offset(register)
    if low.is_some_and(|low| low & 0xfff == 0x0ef || low & 0x7fff == 0x00e7) {
        return Some(long);
    }
    // c.jal offset; c.jalr register
    let is_short = high & 0xe003 == 0x2001 || (high & 0xf07f == 0x9002 && high & 0x0f80 != 0);
    is_short.then_some(short)
}
