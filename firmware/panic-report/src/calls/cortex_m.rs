//! The call stack, found by following the frame pointers that every function of a Cortex-M target keeps in `r7`.

use core::arch::asm;

use crate::memory;

/// The bit that marks an address of Thumb instructions, which all of a Cortex-M are.
const THUMB: u32 = 1;
/// Distance from a return address back into the instruction of the call.
const INTO_CALL: u32 = 2;

/// Passes the address of each call that led here to `take`, innermost first and up to an interrupt's entry, until it returns false.
pub(super) fn each(mut take: impl FnMut(u32) -> bool) {
    let mut frame = Frame::own();
    while let Some((call, outer)) = frame.and_then(Frame::caller) {
        if !take(call) {
            return;
        }
        frame = outer;
    }
}

/// The frame of a function: two words, the frame pointer of its caller and its return address.
#[derive(Clone, Copy)]
struct Frame(usize);

impl Frame {
    /// Returns the frame of the current function.
    fn own() -> Option<Self> {
        let pointer: usize;
        // SAFETY: copies a register.
        unsafe { asm!("mov {}, r7", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
        // The variable `pointer` is itself on the stack, so the addresses above it are the stack in use.
        Self::above(&raw const pointer as usize, pointer)
    }

    /// Returns the frame at `pointer` if both its words can be in the stack above `lower`.
    fn above(lower: usize, pointer: usize) -> Option<Self> {
        let highest = memory::stack_end();
        (pointer.is_multiple_of(4) && lower < pointer && pointer < highest && highest - pointer >= 8)
            .then_some(Self(pointer))
    }

    /// Returns the address of the call that created the frame, and the frame of the caller.
    fn caller(self) -> Option<(u32, Option<Self>)> {
        let pointer = self.0 as *const u32;
        // SAFETY: aligned, and between an address of the stack in use and the stack's upper end: initialised RAM.
        let outer = unsafe { pointer.read_volatile() };
        // SAFETY: as above; the frame has two words.
        let back = unsafe { pointer.wrapping_add(1).read_volatile() };
        // Otherwise it is not a code address, or it is the EXC_RETURN value of an interrupt.
        let is_call = back & THUMB != 0 && memory::is_code((back - THUMB) as usize);
        is_call.then_some((back - THUMB - INTO_CALL, Self::above(self.0, outer as usize)))
    }
}
