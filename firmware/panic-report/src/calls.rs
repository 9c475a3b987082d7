//! The way back along the frame pointers, which every function of a Cortex-M target keeps in `r7`.

use core::arch::asm;

/// As many calls as are told. The first three are those of the panic itself.
const MOST: usize = 12;
/// The bit of an address that says "Thumb instructions", as all of a Cortex-M are.
const THUMB: u32 = 1;
/// From where a call returns to, back into the instruction that called.
const INTO_CALL: u32 = 2;

unsafe extern "C" {
    /// The word above the stack's highest, by the linker script of cortex-m-rt.
    static _stack_start: u32;
    /// Where the code begins.
    static __stext: u32;
    /// Where it ends.
    static __etext: u32;
}

/// Calls, innermost first.
pub(crate) struct Calls {
    addresses: [u32; MOST],
    count: usize,
}

impl Calls {
    /// Those that led here. Ends where an interrupt came in.
    pub(crate) fn here() -> Self {
        let mut calls = Self { addresses: [0; MOST], count: 0 };
        let mut frame = Frame::own();
        for place in &mut calls.addresses {
            let Some((call, outer)) = frame.and_then(Frame::leave) else { break };
            *place = call;
            calls.count += 1;
            frame = outer;
        }
        calls
    }
}

impl defmt::Format for Calls {
    fn format(&self, fmt: defmt::Formatter<'_>) {
        for address in self.addresses.iter().take(self.count) {
            defmt::write!(fmt, " {=u32:#x}", address);
        }
    }
}

/// The frame of a function: two words, at which the frame pointer of its caller and the address it returns to are.
#[derive(Clone, Copy)]
struct Frame(usize);

impl Frame {
    fn own() -> Option<Self> {
        let pointer: usize;
        // SAFETY: copies a register.
        unsafe { asm!("mov {}, r7", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
        // `pointer` is here while this runs, so what lies above it is the stack.
        Self::above(&raw const pointer as usize, pointer)
    }

    /// A frame at `pointer`, unless there can be none: it is in the stack, above `lower`, and both words are.
    fn above(lower: usize, pointer: usize) -> Option<Self> {
        let highest = (&raw const _stack_start).addr();
        (pointer.is_multiple_of(4) && lower < pointer && pointer < highest && highest - pointer >= 8)
            .then_some(Self(pointer))
    }

    /// The call that made the frame, and the frame of the caller.
    fn leave(self) -> Option<(u32, Option<Self>)> {
        let pointer = self.0 as *const u32;
        // SAFETY: aligned, and between an address of the stack in use and the stack's upper end: RAM, written before.
        let outer = unsafe { pointer.read_volatile() };
        // SAFETY: as above; there are two words.
        let back = unsafe { pointer.wrapping_add(1).read_volatile() };
        let code = (&raw const __stext).addr()..=(&raw const __etext).addr();
        // Otherwise it is no address, or what an interrupt returns by.
        let is_call = back & THUMB != 0 && code.contains(&((back - THUMB) as usize));
        is_call.then_some((back - THUMB - INTO_CALL, Self::above(self.0, outer as usize)))
    }
}
