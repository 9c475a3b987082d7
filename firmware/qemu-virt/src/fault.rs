//! Panics and processor faults: they are reported, and the emulation ends. A real board resets.

use core::panic::PanicInfo;

use emulated::host::{self, Exit};
use riscv_rt::TrapFrame;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    panic_report::log(info);
    host::exit(Exit::Panic)
}

// SAFETY: riscv-rt looks for the handler of all exceptions by this name and calls it with this argument. The handler relies on no state
// of the program: it writes a message and exits.
#[unsafe(export_name = "ExceptionHandler")]
extern "C" fn exception(_: &TrapFrame) -> ! {
    host::write_stderr("fault: stack overflow, or access to an invalid address\n");
    host::exit(Exit::Fault)
}
