//! Panics and processor faults: they are reported, and the emulation ends. A real board resets, as this one does by its watchdog.

use core::panic::PanicInfo;

use cortex_m::peripheral::SCB;
use cortex_m_rt::{ExceptionFrame, exception};

use mps2::host::{self, Exit, TestMode};

/// Provokes the panic or fault that a test requests. Not inlined, because the test looks for its name in the panic report.
#[inline(never)]
pub(crate) fn provoke(mode: TestMode) {
    match mode {
        TestMode::Panic => panic!("requested by the test"),
        TestMode::StackOverflow => drop(recurse(0)),
        _ => {}
    }
}

/// Uses more stack with every call.
#[inline(never)]
#[allow(unconditional_recursion, reason = "it ends when the stack overflows")]
fn recurse(step: usize) -> usize {
    let frame = core::hint::black_box([step; 64]);
    recurse(step + 1) + frame.iter().sum::<usize>()
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panic_report::log(info);
    host::exit(Exit::Panic)
}

// SAFETY: relies on no state of the program: it writes a message and exits.
#[exception]
unsafe fn HardFault(_: &ExceptionFrame) -> ! {
    host::write_stderr("fault: stack overflow, or access to an invalid address\n");
    host::exit(Exit::Fault)
}

/// The watchdog was not fed.
// SAFETY: as above.
#[exception]
unsafe fn NonMaskableInt() {
    host::write_stderr("watchdog: no task has fed it; reset\n");
    SCB::sys_reset()
}
