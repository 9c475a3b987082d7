//! The executor: tasks run in the main loop, which sleeps or skips time while none is due.

use core::ptr;
use core::sync::atomic::{AtomicBool, Ordering};

use embassy_executor::Spawner;
use embassy_executor::raw::Executor;
use static_cell::StaticCell;

use crate::{interrupt, time};

/// Whether a task was woken since the executor last ran.
static WORK: AtomicBool = AtomicBool::new(false);

// SAFETY: embassy-executor looks for a function of this name and signature, and nothing else in the image has the name.
#[unsafe(export_name = "__pender")]
fn on_work(_: *mut ()) {
    WORK.store(true, Ordering::Release);
}

/// Returns whether a task is waiting to run.
pub(crate) fn has_work() -> bool {
    WORK.load(Ordering::Acquire)
}

/// Enables interrupts and runs the tasks that `spawn` spawns. To be called once, from the main thread.
pub fn run(spawn: impl FnOnce(Spawner)) -> ! {
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();
    let executor = EXECUTOR.init(Executor::new(ptr::null_mut()));
    let executor: &'static Executor = executor;
    spawn(executor.spawner());
    interrupt::start();
    loop {
        if WORK.swap(false, Ordering::AcqRel) {
            // SAFETY: this function never returns and is called once, since the cell is initialised once; nothing else polls.
            unsafe { executor.poll() };
            time::clock().tasks_ran();
        }
        time::clock().idle();
    }
}
