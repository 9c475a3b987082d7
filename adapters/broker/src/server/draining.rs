//! The end of the server: connections finish their current request.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Whether draining has begun.
#[derive(Default)]
pub(super) struct Draining {
    has_begun: AtomicBool,
    begins: Notify,
}

impl Draining {
    pub(super) fn begin(&self) {
        self.has_begun.store(true, Ordering::Release);
        self.begins.notify_waiters();
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }

    /// Waits until draining begins. Cancel safe.
    pub(super) async fn wait(&self) {
        let mut begins = pin!(self.begins.notified());
        // From here on it is not missed.
        begins.as_mut().enable();
        if !self.has_begun() {
            begins.await;
        }
    }
}
