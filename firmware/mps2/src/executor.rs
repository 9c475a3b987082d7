//! The executor: tasks run in the handler of an interrupt that no device uses, so that the main loop can sleep with `wfi`.
//!
//! embassy's thread-mode executor sleeps with `wfe`, in which QEMU does not wait: it would keep a processor of the host busy.

use embassy_executor::{InterruptExecutor, SendSpawner};

use crate::interrupt::Irq;
use crate::time;

static EXECUTOR: InterruptExecutor = InterruptExecutor::new();

/// Starts the executor. To be called once, from the main thread.
pub fn start() -> SendSpawner {
    EXECUTOR.start(Irq::Executor)
}

/// Handles the executor's interrupt.
pub(crate) extern "C" fn on_interrupt() {
    // SAFETY: this is the handler of the executor's interrupt, which `start` unmasks after it has initialised the executor.
    unsafe { EXECUTOR.on_interrupt() }
    time::clock().tasks_ran();
}
