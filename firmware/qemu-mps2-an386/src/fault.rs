//! What happens when nothing can go on: it is reported, and the emulation ends. A real board resets.

use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use cortex_m_rt::{ExceptionFrame, exception};

use mps2::host::{self, Exit, Wish};

/// Does what a test wants to see the end of.
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
    static BEFORE: AtomicBool = AtomicBool::new(false);
    // A panic inside the logger must not log.
    if !BEFORE.swap(true, Ordering::Relaxed)
        && let Some(place) = info.location()
    {
        defmt::error!("panic in {=str} line {}", place.file(), place.line());
    }
    host::exit(Exit::Panic)
}

// SAFETY: nothing is relied on: it says so and ends.
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    host::say("fault: the stack is exhausted, or memory was used that is not there\n");
    host::exit(Exit::Fault)
}
