//! The runner's side of the channel.

use core::future::poll_fn;
use core::task::Poll;

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::mutex::MutexGuard;

use super::{ApiChannel, Command, Reply, State, WINDOW};
use crate::transport::Phase;
use crate::wiped::wipe;

/// What the runner has to act upon.
pub(crate) enum Event {
    /// A command, in progress from now on.
    Requested(Command),
    /// The caller was dropped in the middle of an exchange. To be acknowledged once its connection is closed.
    Abandoned,
}

impl ApiChannel {
    /// Accepts callers from now on.
    pub(crate) fn open(&self) {
        self.with(|inner| {
            if let State::Closed { held } = inner.state {
                inner.state = if held { State::Revoked } else { State::Idle };
            }
            inner.waiters.wake();
        });
    }

    /// Fails all requests until [`Self::open`].
    pub(crate) fn close(&self) {
        self.with(|inner| {
            let held = match inner.state {
                State::Closed { held } => held,
                State::Revoked => true,
                state => state.is_held(),
            };
            inner.state = State::Closed { held };
            inner.caller.wake();
            inner.waiters.wake();
        });
        // Not locked, unless the caller is about to take what was received; then it wipes the window itself.
        if let Ok(mut window) = self.window.try_lock() {
            wipe(&mut *window);
        }
    }

    /// Waits for the next command, or for the caller to be dropped.
    pub(crate) async fn next(&self) -> Event {
        poll_fn(|context| {
            self.with(|inner| match inner.state {
                State::Abandoned => Poll::Ready(Event::Abandoned),
                State::Requested(command) => {
                    inner.state = State::InProgress;
                    Poll::Ready(Event::Requested(command))
                }
                _ => {
                    inner.runner.register(context.waker());
                    Poll::Pending
                }
            })
        })
        .await
    }

    /// Returns a command that is in progress, so that [`Self::next`] yields it again.
    pub(crate) fn put_back(&self, command: Command) {
        self.with(|inner| {
            if matches!(inner.state, State::InProgress) {
                inner.state = State::Requested(command);
            }
        });
    }

    /// Replies to the command in progress.
    pub(crate) fn reply(&self, reply: Reply) {
        self.with(|inner| {
            if matches!(inner.state, State::InProgress) {
                inner.state = State::Replied(reply);
                inner.caller.wake();
            }
        });
    }

    /// Records the phase that the exchange is in, for the caller's errors.
    pub(crate) fn enter(&self, phase: Phase) {
        self.with(|inner| inner.phase = phase);
    }

    /// Waits until the caller is dropped in the middle of an exchange.
    pub(crate) async fn abandoned(&self) {
        poll_fn(|context| {
            self.with(|inner| {
                if matches!(inner.state, State::Abandoned) {
                    return Poll::Ready(());
                }
                inner.runner.register(context.waker());
                Poll::Pending
            })
        })
        .await;
    }

    /// The connection of the dropped caller is closed: the next caller may acquire the channel.
    pub(crate) async fn acknowledge(&self) {
        wipe(&mut *self.window.lock().await);
        self.with(|inner| {
            if matches!(inner.state, State::Abandoned) {
                inner.state = State::Idle;
                inner.waiters.wake();
            }
        });
    }

    /// Locks the window, for the command in progress.
    pub(crate) async fn window(&self) -> MutexGuard<'_, CriticalSectionRawMutex, [u8; WINDOW]> {
        self.window.lock().await
    }
}
