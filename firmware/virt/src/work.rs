//! Whether tasks are waiting for the executor.

use core::sync::atomic::{AtomicBool, Ordering};

/// Whether a task was woken since the executor last ran.
static WORK: AtomicBool = AtomicBool::new(false);

// SAFETY: embassy-executor looks for a function of this name and signature, and nothing else in the image has the name.
#[unsafe(export_name = "__pender")]
fn on_work(_: *mut ()) {
    WORK.store(true, Ordering::Release);
}

/// Returns whether a task is waiting to run.
pub(crate) fn is_waiting() -> bool {
    WORK.load(Ordering::Acquire)
}

/// Returns whether a task was waiting, which is run now.
pub(crate) fn take() -> bool {
    WORK.swap(false, Ordering::AcqRel)
}
