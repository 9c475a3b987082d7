//! Memory of connections that have gone goes back to the operating system.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longer than the delay after which the allocator considers free memory (1 s); within it, connections may come back.
const DELAY: Duration = Duration::from_secs(3);

/// An allocation of this size is made and freed at once. The allocator looks for memory to give back when it frees a large one, and else
/// only under load. Smaller ones come from memory that it keeps, and larger ones stay.
const LARGE: usize = 1024 * 1024;

/// A second pass is for connections that ended just before the first one.
const PASSES: usize = 2;

/// Gives memory back some time after connections have ended: once for many of them.
#[derive(Default)]
pub(super) struct Release {
    is_planned: AtomicBool,
}

impl Release {
    /// Returns whether the caller has to wait for [`Release::run`].
    pub(super) fn plan(&self) -> bool {
        !self.is_planned.swap(true, Ordering::Relaxed)
    }

    pub(super) async fn run(&self) {
        for _ in 0..PASSES {
            tokio::time::sleep(DELAY).await;
            drop(black_box(Vec::<u8>::with_capacity(LARGE)));
        }
        self.is_planned.store(false, Ordering::Relaxed);
    }
}
