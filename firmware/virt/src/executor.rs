//! The executor: tasks run in the main loop, which sleeps or skips time while none is due.

use core::ptr;

use embassy_executor::Spawner;
use embassy_executor::raw::Executor;
use static_cell::StaticCell;

use crate::{interrupt, time, work};

/// Enables interrupts and runs the tasks that `spawn` spawns. To be called once, from the main thread.
pub fn run(spawn: impl FnOnce(Spawner)) -> ! {
    static EXECUTOR: StaticCell<Executor> = StaticCell::new();
    let executor = EXECUTOR.init(Executor::new(ptr::null_mut()));
    let executor: &'static Executor = executor;
    spawn(executor.spawner());
    interrupt::start();
    loop {
        if work::take() {
            // SAFETY: this function never returns and is called once, since the cell is initialised once; nothing else polls.
            unsafe { executor.poll() };
            time::clock().tasks_ran();
        }
        time::clock().idle();
    }
}
