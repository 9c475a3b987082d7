//! The tasks run in the handler of an interrupt that no device uses, so that the main loop can sleep with `wfi`.
//!
//! The usual executor sleeps with `wfe`, which QEMU does not wait in: it would keep a processor of the host busy.

use embassy_executor::{InterruptExecutor, SendSpawner};

use crate::interrupt::Irq;
use crate::time;

static EXECUTOR: InterruptExecutor = InterruptExecutor::new();

/// Starts it. To be called once, from the main thread.
pub fn start() -> SendSpawner {
    EXECUTOR.start(Irq::Executor)
}

/// The executor's interrupt.
pub(crate) extern "C" fn on_interrupt() {
    // SAFETY: this is the handler of its interrupt, which `start` unmasks after it has put the executor in place.
    unsafe { EXECUTOR.on_interrupt() }
    time::busy();
}
