//! What happens when nothing can go on: it is reported, and the emulation ends. A real board resets.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};

use mps2::host::{self, Exit, Wish};

/// Does what a test wants to see the end of. A function of its own: its name is in the report of a panic.
#[inline(never)]
pub(crate) fn obey(wish: Wish) {
    match wish {
        Wish::Panic => panic!("as wished"),
        Wish::Overflow => drop(deeper(0)),
        Wish::None | Wish::Hurry | Wish::Count => {}
    }
}

/// Needs more stack at every step.
#[inline(never)]
#[allow(unconditional_recursion, reason = "the end of the stack is the end of it")]
fn deeper(step: usize) -> usize {
    let room = core::hint::black_box([step; 64]);
    deeper(step + 1) + room.iter().sum::<usize>()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panic_report::log(info);
    host::exit(Exit::Panic)
}

// SAFETY: nothing is relied on: it says so and ends.
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    host::say("fault: the stack is exhausted, or memory was used that is not there\n");
    host::exit(Exit::Fault)
}
