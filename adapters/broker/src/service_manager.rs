//! Messages to systemd; without systemd they have no effect.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::AbortHandle;

pub(crate) fn ready() {
    notify(&[NotifyState::Ready]);
}

pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// `Type=notify-reload` requires the monotonic time with the message.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

/// Feeds the watchdog, if the unit has one, until the result is dropped: from the runtime's own thread, so that a runtime that
/// hangs is detected.
pub(crate) fn watchdog() -> Option<Watchdog> {
    let interval = sd_notify::watchdog_enabled()?;
    let task = tokio::spawn(async move {
        loop {
            notify(&[NotifyState::Watchdog]);
            tokio::time::sleep(half(interval)).await;
        }
    });
    Some(Watchdog(task.abort_handle()))
}

/// Feeds the watchdog until it is dropped.
pub(crate) struct Watchdog(AbortHandle);

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn half(interval: Duration) -> Duration {
    (interval / 2).max(Duration::from_millis(10))
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be notified");
    }
}
